using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Server.Queries;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Queries;

/// <summary>What is told of a second attempt: its rate and the time left are its own, whatever the first one did.</summary>
public abstract class ProgressTests(StoreKind kind) : IAsyncLifetime
{
    private static readonly CancellationToken Never = CancellationToken.None;
    private readonly DateTimeOffset _begun = TimeProvider.System.GetUtcNow().AddSeconds(-1_000);
    private TestServer? _server;
    private JobExecution? _first;
    private JobExecution? _second;

    private TestServer Server => _server!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(kind);
        var repository = Server.Services.GetRequiredService<IJobRepository>();
        _first = await LaunchAsync(repository);
        await repository.EndJobAsync(new() { Lease = new(_first.Id, _first.Fence, "another"), Status = BatchStatus.Failed, ExitCode = "Failed" }, Never);
        _second = await LaunchAsync(repository);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task The_time_left_of_a_restarted_step_follows_what_this_attempt_did()
    {
        await AddAsync(_first!, new("load", BatchStatus.Failed) { Fraction = 0.9 });
        await AddAsync(_second!, new("load", BatchStatus.Started) { StartCount = 2, Fraction = 0.95 });

        var step = await ProgressAsync();

        // A twentieth in 1,000 s, and a twentieth is left.
        Assert.Equal(0.95, step.Fraction);
        Assert.InRange(step.RemainingSeconds!.Value, 990, 1_500);
    }

    [SkippableFact]
    public async Task No_time_left_is_told_of_a_restarted_step_that_has_done_nothing_yet()
    {
        await AddAsync(_first!, new("load", BatchStatus.Failed) { Fraction = 0.9 });
        await AddAsync(_second!, new("load", BatchStatus.Started) { StartCount = 2, Fraction = 0.9 });

        Assert.Null((await ProgressAsync()).RemainingSeconds);
    }

    [SkippableFact]
    public async Task A_step_that_had_completed_and_runs_again_begins_anew()
    {
        await AddAsync(_first!, new("load", BatchStatus.Completed) { Fraction = 1 });
        await AddAsync(_second!, new("load", BatchStatus.Started) { StartCount = 2, Fraction = 0.5 });

        Assert.InRange((await ProgressAsync()).RemainingSeconds!.Value, 990, 1_500);
    }

    [SkippableFact]
    public async Task The_time_left_of_restarted_partitions_follows_what_this_attempt_did()
    {
        foreach (var partition in (string[])["a", "b"])
            await AddAsync(_first!, new("load", BatchStatus.Failed) { Partition = partition, Fraction = 0.5 });
        await AddAsync(_second!, new("load", BatchStatus.Started) { StartCount = 2 });
        await AddAsync(_second!, new("load", BatchStatus.Started) { Partition = "a", StartCount = 2, Fraction = 0.75 });
        await AddAsync(_second!, new("load", BatchStatus.Starting) { Partition = "b", StartCount = 2 });

        var step = await ProgressAsync();

        // What waits stands where it stood: an eighth in 1,000 s, and three are left.
        Assert.Equal(0.625, step.Fraction);
        Assert.InRange(step.RemainingSeconds!.Value, 2_990, 4_500);
    }

    [SkippableFact]
    public async Task The_rate_and_history_of_restarted_partitions_leave_out_what_earlier_attempts_read()
    {
        await AddAsync(_first!, new("load", BatchStatus.Failed) { Partition = "a", ReadCount = 900 });
        await AddAsync(_second!, new("load", BatchStatus.Completed) { StartCount = 2, ReadCount = 1_000 });
        await AddAsync(_second!, new("load", BatchStatus.Completed) { Partition = "a", StartCount = 2, ReadCount = 100 });
        await AddAsync(_second!, new("report", BatchStatus.Completed) { ReadCount = 7 });

        var step = await ProgressAsync();
        var histories = await Server.Services.GetRequiredService<StatisticsQueries>().ListHistoriesAsync(["parts"], 10, Never);

        Assert.Equal((1_000, 1.0), (step.Counts.Read, step.ItemsPerSecond));
        Assert.Equal([107, 900], Assert.Single(histories).Runs.Select(run => run.Read));
        Assert.Equal([107, 900], Assert.Single(histories).Runs.Select(run => run.Written));
    }

    private static async Task<JobExecution> LaunchAsync(IJobRepository repository)
    {
        var launch = await repository.LaunchAsync(new() { JobName = "parts", Parameters = JobParameters.Empty, Node = "another", LeaseDuration = TimeSpan.FromHours(1) }, Never);
        return ((LaunchDecision.Launched)launch).Execution;
    }

    private async Task<StepProgressView> ProgressAsync() =>
        Assert.Single(await Server.Services.GetRequiredService<ProgressQueries>().ListAsync([_second!.Id.Value], Never)).Steps[0];

    // Whatever has ended took 100 s.
    private async Task AddAsync(JobExecution execution, Step step)
    {
        var isAtWork = step.Status is BatchStatus.Starting or BatchStatus.Started;
        var insert = new Statement("""
            INSERT INTO clutch_step_execution
                (job_execution_id, instance_id, step_name, partition_name, status, start_count, fence, read_count, written_count, fraction, started_at, ended_at)
            VALUES (@execution, @instance, @step, @partition, @status, @start_count, 1, @read, @read, @fraction, @started_at, @ended_at)
            """)
            .With("execution", execution.Id.Value)
            .With("instance", execution.InstanceId.Value)
            .With("step", step.Name)
            .With("partition", step.Partition)
            .With("status", step.Status.ToString())
            .With("start_count", step.StartCount)
            .With("read", step.ReadCount)
            .With("fraction", step.Fraction)
            .With("started_at", step.Status is BatchStatus.Starting ? null : _begun)
            .With("ended_at", isAtWork ? null : _begun.AddSeconds(100));
        await Server.Services.GetRequiredService<RelationalDatabase>().ChangeAsync(insert, Rows.Affected, Never);
    }

    private sealed record Step(string Name, BatchStatus Status)
    {
        public string? Partition { get; init; }

        public int StartCount { get; init; } = 1;

        public long ReadCount { get; init; }

        public double? Fraction { get; init; }
    }
}

public sealed class SqliteProgressTests() : ProgressTests(StoreKind.Sqlite);

public sealed class PostgreSqlProgressTests() : ProgressTests(StoreKind.PostgreSql);
