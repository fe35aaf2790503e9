using System.Net.Sockets;
using Clutch.Executions;
using Clutch.Repository;
using Demo;
using Demo.Folder;
using Demo.Hosting;
using Microsoft.Extensions.Logging;

namespace Apps.Tests.Demo;

/// <summary>The parts of the demo by themselves: its folder, its log, and what ends it.</summary>
public sealed class DemoPartsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-demo-parts-").FullName;

    [SkippableFact]
    public void A_full_disk_harms_nobody_who_logs()
    {
        Skip.IfNot(File.Exists("/dev/full"), "Only Linux has a file that is always full.");
        using var log = new LogFile("/dev/full");
        var logger = log.CreateLogger("Test");

        for (var line = 0; line < 10; line++)
            logger.Log(LogLevel.Warning, default, new string('x', 1_000), null, (text, _) => text);
    }

    [Fact]
    public void A_line_of_the_log_says_the_day()
    {
        using var log = new LogFile(Path.Combine(_folder, "demo.log"));

        log.CreateLogger("Test").Log(LogLevel.Warning, default, "words", null, (text, _) => text);

        using var file = new StreamReader(new FileStream(log.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Matches(@"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d\d Warning Test: words$", file.ReadLine());
    }

    [Fact]
    public void A_folder_that_another_demo_holds_is_refused_as_such()
    {
        using var first = DataFolder.Open(_folder);

        var refusal = Assert.Throws<DemoRefusedException>(() => DataFolder.Open(_folder));

        Assert.Equal(4, refusal.ExitCode);
        Assert.StartsWith("A demo is at work on", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_that_cannot_be_opened_for_another_reason_is_no_demo_at_work()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "demo.lock")));

        var refusal = Assert.Throws<DemoRefusedException>(() => DataFolder.Open(_folder));

        Assert.Equal(2, refusal.ExitCode);
        Assert.Contains("cannot be used as a folder", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    public void A_state_that_cannot_be_read_is_told(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "demo.json"), text);
        using var folder = DataFolder.Open(_folder);

        var refusal = Assert.Throws<DemoRefusedException>(() => folder.Take(new()));

        Assert.Contains("cannot be read", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_saved_is_found_again()
    {
        using var folder = DataFolder.Open(_folder);
        var state = folder.Take(new()).End(isRight: false);

        folder.Save(state);

        Assert.Equal(state, folder.Take(new()));
        Assert.True(state is { IsFinished: false, HasDiffered: true });
    }

    [Fact]
    public async Task Work_ends_with_a_fault_as_soon_as_a_host_ends()
    {
        using var host = new CancellationTokenSource();
        var work = HostWatch.RunAsync([("main server", CancellationToken.None), ("batch server", host.Token)], WaitAsync, CancellationToken.None);

        await host.CancelAsync();

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => work);
        Assert.Equal("The batch server ended unasked.", fault.Message);
    }

    [Fact]
    public async Task Work_that_ends_when_it_is_told_to_is_no_fault()
    {
        using var host = new CancellationTokenSource();
        using var end = new CancellationTokenSource();
        var work = HostWatch.RunAsync([("batch server", host.Token)], WaitAsync, end.Token);

        await end.CancelAsync();
        await host.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    [Fact]
    public void A_job_that_ends_badly_five_times_in_a_row_is_given_up()
    {
        var attempts = new JobAttempts("import");

        Assert.All(Enumerable.Range(0, 4), _ => Assert.False(attempts.EndedWell(Ended(BatchStatus.Failed, "FormatException"))));
        Assert.True(attempts.EndedWell(Ended(BatchStatus.Completed)));
        Assert.All(Enumerable.Range(0, 4), _ => Assert.False(attempts.EndedWell(Ended(BatchStatus.Failed, "FormatException"))));

        Assert.Throws<InvalidOperationException>(() => attempts.EndedWell(Ended(BatchStatus.Failed, "FormatException")));
    }

    [Theory]
    [InlineData("SqliteException")]
    [InlineData("PostgresException")]
    [InlineData("NpgsqlException")]
    [InlineData("RepositoryException")]
    public void A_job_that_the_database_failed_is_told_as_a_fault_of_the_database(string type)
    {
        var attempts = new JobAttempts("import");
        foreach (var _ in Enumerable.Range(0, 4))
            attempts.EndedWell(Ended(BatchStatus.Failed, type));

        var fault = Assert.Throws<RepositoryException>(() => attempts.EndedWell(Ended(BatchStatus.Failed, type)));

        Assert.Equal("Job 'import' ended Failed: The reason.", fault.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Task<int> WaitAsync(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ContinueWith<int>(
            delay => throw new OperationCanceledException(cancellationToken), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private static JobExecution Ended(BatchStatus status, string? fault = null) => new()
    {
        Id = new(1),
        InstanceId = new(1),
        JobName = "import",
        Parameters = JobParameters.Empty,
        Status = status,
        Attempt = 1,
        Fence = 1,
        Node = "here",
        StartedAt = DateTimeOffset.UnixEpoch,
        LeaseExpiresAt = DateTimeOffset.UnixEpoch,
        Failure = fault is null ? null : new() { Type = fault, Message = "The reason." },
    };
}
