using Clutch.Executions;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using SkuSync.Hosting;
using SkuSync.Jobs;
using SkuSync.Storage;

namespace Apps.Tests.SkuSync;

/// <summary>Runs as the table has them: begun, taken up, ended, forgotten.</summary>
public sealed class RunTests
{
    public static TheoryData<StoreKind> Stores => [StoreKind.Sqlite, StoreKind.PostgreSql];

    private static CancellationToken Never => CancellationToken.None;

    [Fact]
    public async Task An_interrupted_run_is_not_taken_up_under_other_hash_rules()
    {
        await using var parts = await SkuParts.OpenAsync(StoreKind.Sqlite);
        await parts.Get<SyncRuns>().StartAsync("first", jobExecutionId: 1, hashRules: "older", superseded: null, Never);
        await parts.ExecuteAsync("""
            INSERT INTO if_sku (account_id, sku_id, payload, content_hash, hash_rules, version, last_seen_run, fetched_run, changed_run, changed_at)
            VALUES ('a1', 's1', '{}', 'x', 'older', 1, 1, 1, 1, 0)
            """);
        await using var scope = parts.Services.CreateAsyncScope();
        var keeper = scope.ServiceProvider.GetRequiredService<RunKeeper>();

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => keeper.BeforeJobAsync(ExecutionOf("first"), Never).AsTask());

        Assert.Contains("'SkuSync run rehash'", fault.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Runs_that_ended_long_ago_are_forgotten_with_their_gaps_and_the_latest_never(StoreKind store)
    {
        await using var parts = await SkuParts.OpenAsync(store);
        await RunToItsEndAsync(parts, "old");
        await parts.ExecuteAsync("INSERT INTO sync_gap (run_id, account_id, sku_id, reason) SELECT id, 'a1', 's1', 'Failed' FROM sync_run");
        await parts.ExecuteAsync("UPDATE sync_run SET ended_at = @at", TimeProvider.System.GetUtcNow().AddDays(-91));

        await RunToItsEndAsync(parts, "second");
        var whileItWasTheLatest = await KeysAsync(parts);
        await RunToItsEndAsync(parts, "third");

        Assert.Equal(["second", "old"], whileItWasTheLatest);
        Assert.Equal(["third", "second"], await KeysAsync(parts));
        Assert.Empty(await parts.Database.QueryAsync(new Statement("SELECT sku_id FROM sync_gap"), Rows.All(row => row.GetString(0)), Never));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_run_finds_its_changes_whatever_the_clock_of_its_machine_shows(StoreKind store)
    {
        await using var parts = await SkuParts.OpenAsync(store, new ManualClock(TimeProvider.System.GetUtcNow().AddHours(1)));

        var run = await RunToItsEndAsync(parts, "run", () => parts.EnqueueAsync("a1", "s1"));

        Assert.Equal(1, (await parts.Get<OutboxProgress>().SumUpAsync(run.StartedAt, run.IngestedAt!.Value, Never)).Unsettled);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task The_clocks_of_a_run_wait_for_its_own_changes_and_for_no_others(StoreKind store)
    {
        await using var parts = await SkuParts.OpenAsync(store);
        var first = await RunToItsEndAsync(parts, "first");
        // SQLite keeps whole milliseconds, and a run has what was enqueued from its first to its last.
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        var second = await RunToItsEndAsync(parts, "second", () => parts.EnqueueAsync("a1", "s1"));

        await parts.Get<RunReport>().SettleAllAsync(Never);

        Assert.NotNull((await parts.Get<SyncRuns>().FindAsync("first", Never))!.SyncedAt);
        Assert.Null((await parts.Get<SyncRuns>().FindAsync("second", Never))!.SyncedAt);
        Assert.False(await parts.Get<OutboxProgress>().IsUnsettledAsync(first.StartedAt, first.IngestedAt!.Value, Never));
        Assert.True(await parts.Get<OutboxProgress>().IsUnsettledAsync(second.StartedAt, second.IngestedAt!.Value, Never));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_run_that_ended_can_be_ended_again_and_keeps_what_it_counted(StoreKind store)
    {
        await using var parts = await SkuParts.OpenAsync(store);
        var runs = parts.Get<SyncRuns>();
        var ended = await RunToItsEndAsync(parts, "first");
        await runs.StartAsync("second", jobExecutionId: 2, hashRules: "rules", superseded: null, Never);
        await runs.StartAsync("third", jobExecutionId: 3, hashRules: "rules", superseded: (await runs.FindAsync("second", Never))!.Id, Never);

        await runs.EndAsync(ended.Id, SyncRunStatus.Completed, default(SyncCounts) with { Listed = 7 }, Never);

        Assert.Equal(ended, await runs.FindAsync("first", Never));
        var second = (await runs.FindAsync("second", Never))!;
        await Assert.ThrowsAsync<RunSupersededException>(() => runs.EndAsync(second.Id, SyncRunStatus.Completed, default, Never).AsTask());
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_superseded_run_does_not_tell_the_changes_of_later_ones_as_its_own(StoreKind store)
    {
        await using var parts = await SkuParts.OpenAsync(store);
        var runs = parts.Get<SyncRuns>();
        await runs.StartAsync("first", jobExecutionId: 1, hashRules: "rules", superseded: null, Never);
        await runs.StartAsync("second", jobExecutionId: 2, hashRules: "rules", superseded: (await runs.FindAsync("first", Never))!.Id, Never);
        // SQLite keeps whole milliseconds.
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await parts.EnqueueAsync("a1", "s1");

        var (first, second) = (new StringWriter(), new StringWriter());
        await parts.Get<RunReport>().WriteAsync((await runs.FindAsync("first", Never))!, first, Never);
        await parts.Get<RunReport>().WriteAsync((await runs.FindAsync("second", Never))!, second, Never);

        Assert.Contains("outbox 0 ", first.ToString(), StringComparison.Ordinal);
        Assert.Contains("outbox 1 ", second.ToString(), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_run_without_a_name_takes_an_unfinished_one_up_unless_its_job_was_abandoned(StoreKind store)
    {
        await using var parts = await SkuParts.OpenAsync(store);
        var (runs, repository) = (parts.Get<SyncRuns>(), parts.Get<IJobRepository>());
        var launch = new LaunchRequest { JobName = ExtractJob.Name, Parameters = ParametersOf("first"), Node = "node", LeaseDuration = TimeSpan.FromMilliseconds(1) };
        var execution = Assert.IsType<LaunchDecision.Launched>(await repository.LaunchAsync(launch, Never)).Execution;
        await runs.StartAsync("first", execution.Id.Value, hashRules: "rules", superseded: null, Never);

        var interrupted = await CommandLine.Parse(["run", "extract"]).WithRunAsync(runs, repository, TimeProvider.System, Never);
        // Until its lease ends its process may be alive; then whoever looks ends it.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        await repository.RecoverAsync([], [], Never);
        Assert.Equal(AbandonAnswer.Abandoned, await repository.AbandonAsync(execution.Id, Never));
        var abandoned = await CommandLine.Parse(["run", "extract"]).WithRunAsync(runs, repository, TimeProvider.System, Never);

        Assert.Equal("run=first", interrupted.Command[^1]);
        Assert.NotEqual("run=first", abandoned.Command[^1]);
    }

    private static async Task<SyncRun> RunToItsEndAsync(SkuParts parts, string key, Func<Task>? work = null)
    {
        var runs = parts.Get<SyncRuns>();
        Assert.True(await runs.StartAsync(key, jobExecutionId: 1, hashRules: "rules", superseded: null, Never));
        if (work is not null)
            await work();
        await runs.EndAsync((await runs.FindAsync(key, Never))!.Id, SyncRunStatus.Completed, default, Never);
        return (await runs.FindAsync(key, Never))!;
    }

    private static async Task<IEnumerable<string>> KeysAsync(SkuParts parts) => (await parts.Get<SyncRuns>().ListAsync(limit: 10, Never)).Select(run => run.Key);

    private static JobExecution ExecutionOf(string key) => new()
    {
        Id = new(2),
        InstanceId = new(1),
        JobName = ExtractJob.Name,
        Attempt = 2,
        Status = BatchStatus.Started,
        Parameters = ParametersOf(key),
        Node = "node",
        Fence = 1,
        LeaseExpiresAt = TimeProvider.System.GetUtcNow(),
        StartedAt = TimeProvider.System.GetUtcNow(),
    };

    private static JobParameters ParametersOf(string key) => new([KeyValuePair.Create(ExtractJob.RunParameter, new JobParameter(key, IsIdentifying: true))]);
}
