using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Targets;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Targets;

/// <summary>The laws where the data lies in another database than the job repository.</summary>
public abstract class TargetTests(Func<Store> open, Func<Store> openTarget) : StoreTests(open)
{
    private const string Name = "warehouse";

    private Store? _targetStore;

    private RelationalDatabase Target => Services.GetRequiredKeyedService<RelationalDatabase>(Name);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();

        // The target's migrations make its schema.
        await Services.GetRequiredKeyedService<TargetChunkStore>(Name).MigrateAsync(Never);
        await Target.ExecuteAsync("CREATE TABLE number (value integer PRIMARY KEY)");
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_targetStore is not null)
            await _targetStore.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_chunk_commits_rows_and_checkpoint_there_and_counters_here()
    {
        await using var run = await StartAsync();

        Assert.Equal(LeaseAnswer.Held, await run.WriteAsync(Numbers(), 1, 2, 3));
        Assert.Equal(LeaseAnswer.Held, await run.WriteAsync(Numbers(), 4));

        Assert.Equal([1, 2, 3, 4], await ListAsync());
        Assert.Equal(1, await Target.CountAsync("clutch_checkpoint WHERE checkpoint_in = '4' AND commit_count = 2"));
        var stored = await FindAsync(run.Step);
        Assert.Equal((4, 2, new StepCheckpoint(Checkpoint.At(4), null)), (stored.Counts.Read, stored.Counts.Commits, stored.Checkpoint));
    }

    [SkippableFact]
    public async Task A_chunk_that_does_not_commit_leaves_nothing_in_either()
    {
        await using var run = await StartAsync();
        await using (var chunk = await run.Session.BeginAsync(Never))
            await StepRun.WriteAsync(Numbers(), run.Context, chunk, 1);

        Assert.Empty(await ListAsync());
        Assert.Equal(0, (await FindAsync(run.Step)).Counts.Commits);
        Assert.Null(run.Session.LastCommitted);
    }

    [SkippableFact]
    public async Task A_crash_between_the_two_commits_loses_and_doubles_nothing()
    {
        JobExecutionId first;
        await using (var run = await StartAsync())
        {
            first = run.Step.JobExecutionId;
            await run.WriteAsync(Numbers(), 1, 2);
            await CommitInTargetOnlyAsync(run, 3, Letter(run.Step, 4));
        }

        Assert.Equal(1, (await Repository.ListStepsAsync(first, Never)).Single().Counts.Commits);
        await Store.ExpireLeasesAsync(Database, first.Value);

        await using var second = await StartAsync();

        var last = second.Session.LastCommitted!;
        Assert.Equal((new StepCheckpoint(Checkpoint.At(3), null), 3, 2), (last.Checkpoint, last.Counts.Read, last.Counts.Commits));
        Assert.Equal(default, last.OwnCounts);
        var caughtUp = (await Repository.ListStepsAsync(first, Never)).Single();
        Assert.Equal((3, 2, BatchStatus.Failed), (caughtUp.Counts.Read, caughtUp.Counts.Commits, caughtUp.Status));
        Assert.Equal([4], (await Repository.ListDeadLettersAsync(new(), Never)).Select(letter => letter.Ordinal));
        await second.WriteAsync(Numbers(), 5);
        Assert.Equal([1, 2, 3, 5], await ListAsync());
        Assert.Equal(4, (await Repository.ListStepHistoryAsync(second.Step.InstanceId, Never)).Single().Committed.Read);
    }

    [SkippableFact]
    public async Task Catching_up_twice_changes_nothing()
    {
        await using (var run = await StartAsync())
        {
            await CommitInTargetOnlyAsync(run, 1, Letter(run.Step, 2));
            await Store.ExpireLeasesAsync(Database, run.Step.JobExecutionId.Value);
        }

        await using (var second = await StartAsync())
            await Store.ExpireLeasesAsync(Database, second.Step.JobExecutionId.Value);
        await using var third = await StartAsync();

        Assert.Equal((1, 1), (third.Session.LastCommitted!.Counts.Read, third.Session.LastCommitted.Counts.Commits));
        Assert.Single(await Repository.ListDeadLettersAsync(new(), Never));
    }

    [SkippableFact]
    public async Task What_was_committed_there_is_brought_home_although_the_first_try_to_open_failed()
    {
        await using (var run = await StartAsync())
        {
            await CommitInTargetOnlyAsync(run, 3, Letter(run.Step, 4));
            await Store.ExpireLeasesAsync(Database, run.Step.JobExecutionId.Value);
        }

        var step = await StepRun.StartStepAsync(Services);
        await WithoutStepsAsync(() => StepRun.OpenAsync(Services, step, Name));
        await using var second = await StepRun.OpenAsync(Services, step, Name);
        await second.WriteAsync(Numbers(), 5);

        Assert.Equal([4], (await Repository.ListDeadLettersAsync(new(), Never)).Select(letter => letter.Ordinal));
        Assert.Equal((2, 2), (second.Session.LastCommitted!.Counts.Commits + 1, (await Repository.ListStepHistoryAsync(step.InstanceId, Never)).Single().Committed.Commits));
    }

    [SkippableFact]
    public async Task An_older_owner_cannot_commit_once_a_newer_one_has_opened()
    {
        await using var older = await StartAsync();
        await older.WriteAsync(Numbers(), 1);
        await Store.ExpireLeasesAsync(Database, older.Step.JobExecutionId.Value);
        await using var newer = await StartAsync();

        Assert.Equal(LeaseAnswer.Lost, await older.WriteAsync(Numbers(), 2));
        Assert.Equal(LeaseAnswer.Held, await newer.WriteAsync(Numbers(), 3));

        Assert.Equal([1, 3], await ListAsync());
    }

    [SkippableFact]
    public async Task An_older_owner_that_opens_late_cannot_commit_either()
    {
        await using var older = await StartAsync();
        await Store.ExpireLeasesAsync(Database, older.Step.JobExecutionId.Value);
        await using var newer = await StartAsync();
        await newer.WriteAsync(Numbers(), 1);

        await using var late = await StepRun.OpenAsync(Services, older.Step, Name);

        Assert.Equal(LeaseAnswer.Lost, await late.WriteAsync(Numbers(), 2));
        Assert.Equal(LeaseAnswer.Held, await newer.WriteAsync(Numbers(), 3));
        Assert.Equal([1, 3], await ListAsync());
    }

    [SkippableFact]
    public async Task A_commit_tells_that_the_lease_is_lost_or_a_stop_was_asked_for()
    {
        await using var run = await StartAsync();
        await Repository.RequestStopAsync(run.Step.JobExecutionId, Never);

        Assert.Equal(LeaseAnswer.HeldStopRequested, await run.WriteAsync(Numbers(), 1));

        await Store.ExpireLeasesAsync(Database, run.Step.JobExecutionId.Value);
        await Repository.RecoverAsync([], [], Never);
        Assert.Equal(LeaseAnswer.Lost, await run.WriteAsync(Numbers(), 2));
    }

    [SkippableFact]
    public async Task A_commit_whose_answer_was_lost_is_found_and_brought_home()
    {
        await using var run = await StartAsync();
        await run.WriteAsync(Numbers(), 1);
        var commit = await CommitInTargetOnlyAsync(run, 2);

        Assert.True(await run.Session.HasCommittedAsync(commit, Never));

        Assert.Equal(2, (await FindAsync(run.Step)).Counts.Commits);
        Assert.False(await run.Session.HasCommittedAsync(run.Commit(5) with { Counts = new() { Commits = 3 } }, Never));
    }

    [SkippableFact]
    public async Task A_partition_claimed_anew_goes_on_with_its_own_counters()
    {
        var execution = ((LaunchDecision.Launched)await Repository.LaunchAsync(StepRun.Request, Never)).Execution;
        await Repository.CreatePartitionsAsync(
            new() { Lease = new(execution.Id, execution.Fence, execution.Node), InstanceId = execution.InstanceId, StepName = "load", Partitions = [new() { Name = "p1", Data = "1" }] }, Never);
        var claim = new PartitionClaim(execution.Id, "load", "node-2", TimeSpan.FromMinutes(5));
        var claimed = await Repository.ClaimPartitionAsync(claim, Never);
        await using (var run = await StepRun.OpenAsync(Services, claimed!, Name))
        {
            await run.WriteAsync(Numbers(), 1);
            await CommitInTargetOnlyAsync(run, 2);
        }

        await Store.ExpireLeasesAsync(Database, execution.Id.Value);
        var again = await Repository.ClaimPartitionAsync(claim, Never);
        await using var next = await StepRun.OpenAsync(Services, again!, Name);

        Assert.Equal((2, 2), (next.Session.LastCommitted!.OwnCounts.Commits, next.Session.LastCommitted.Counts.Read));
        Assert.Equal(LeaseAnswer.Held, await next.WriteAsync(Numbers(), 3));
        Assert.Equal(3, (await FindAsync(next.Step)).Counts.Read);
        Assert.Equal([1, 2, 3], await ListAsync());
    }

    [SkippableFact]
    public async Task Letters_are_marked_as_redriven_after_the_commit_there()
    {
        await using var run = await StartAsync();
        await using (var chunk = await run.Session.BeginAsync(Never))
            await run.CommitAsync(chunk, 2, Letter(run.Step, 1), Letter(run.Step, 2));
        var letters = await Repository.ListDeadLettersAsync(new(), Never);
        await using (var chunk = await run.Session.BeginAsync(Never))
        {
            await Repository.MarkRedrivenAsync([letters[0].Id], chunk, Never);
            await run.CommitAsync(chunk, 1);
        }

        Assert.Equal([2], (await Repository.ListDeadLettersAsync(new(), Never)).Select(letter => letter.Ordinal));
    }

    [SkippableFact]
    public async Task The_values_that_a_step_keeps_are_found_with_the_chunk_there()
    {
        JobExecutionId first;
        await using (var run = await StartAsync())
        {
            first = run.Step.JobExecutionId;
            run.Values = """{"files":"a.csv"}""";
            await CommitInTargetOnlyAsync(run, 1);
            await Store.ExpireLeasesAsync(Database, first.Value);
        }

        await using var second = await StartAsync();

        Assert.Equal("""{"files":"a.csv"}""", second.Session.LastCommitted!.Context);
        await second.WriteAsync(Numbers(), 2);
        await Store.ExpireLeasesAsync(Database, second.Step.JobExecutionId.Value);
        await using var third = await StartAsync();
        Assert.Equal("""{"files":"a.csv"}""", third.Session.LastCommitted!.Context);
    }

    [SkippableFact]
    public async Task A_step_that_begins_anew_finds_nothing_of_the_one_before()
    {
        await using (var run = await StartAsync())
        {
            await run.WriteAsync(Numbers(), 1, 2);
            await Store.ExpireLeasesAsync(Database, run.Step.JobExecutionId.Value);
        }

        await using (var again = await StepRun.StartAsync(Services, Name, isResumed: false))
        {
            Assert.Null(again.Session.LastCommitted);
            await again.WriteAsync(Numbers(), 3);
            await Store.ExpireLeasesAsync(Database, again.Step.JobExecutionId.Value);
        }

        await using var next = await StartAsync();
        Assert.Equal((1, 1), (next.Session.LastCommitted!.Counts.Read, next.Session.LastCommitted.Counts.Commits));
    }

    [SkippableFact]
    public async Task Old_checkpoints_are_purged_in_bites_and_none_of_another_repository()
    {
        await using (var run = await StartAsync())
            await run.WriteAsync(Numbers(), 1);
        foreach (var copy in (string[])["repository_id, instance_id + 1000", "'another', instance_id"])
        {
            await Target.ExecuteAsync(
                "INSERT INTO clutch_checkpoint (repository_id, instance_id, step_name, partition_name, step_execution_id, fence, updated_at) " +
                $"SELECT {copy}, step_name, partition_name, step_execution_id, fence, updated_at FROM clutch_checkpoint WHERE commit_count = 1");
        }

        var store = Services.GetRequiredKeyedService<TargetChunkStore>(Name);
        var later = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(0, await store.PurgeAsync(DateTimeOffset.UnixEpoch, 10, Never));
        Assert.Equal(1, await store.PurgeAsync(later, 1, Never));
        Assert.Equal(1, await store.PurgeAsync(later, 10, Never));
        Assert.Equal(0, await store.PurgeAsync(later, 10, Never));
        Assert.Equal(1, await Target.CountAsync("clutch_checkpoint WHERE repository_id = 'another'"));
    }

    protected override void AddServices(IServiceCollection services)
    {
        _targetStore = openTarget();
        _targetStore.AddTarget(services, Name);
    }

    private Task<StepRun> StartAsync() => StepRun.StartAsync(Services, Name);

    private IItemWriter<int> Numbers() => Services.BulkInsert(Relational.Tables.TableMap.For<int>("number").Column("value", value => value));

    private async Task<IReadOnlyList<int>> ListAsync() => await Target.ListAsync("SELECT value FROM number ORDER BY value", row => row.GetInt32(0));

    private async Task<StepExecution> FindAsync(StepExecution step) => (await Repository.ListStepsAsync(step.JobExecutionId, Never)).Single(found => found.Id == step.Id);

    // What a crash leaves behind: the target has committed, the repository was never asked.
    private async Task<ChunkCommit> CommitInTargetOnlyAsync(StepRun run, int value, params DeadLetter[] letters)
    {
        var commit = run.Commit(1, letters);
        await using var chunk = await run.Session.BeginAsync(Never);
        await StepRun.WriteAsync(Numbers(), run.Context, chunk, value);
        await WithoutStepsAsync(() => chunk.CommitAsync(commit, Never).AsTask());
        return commit;
    }

    /// <summary>Does what needs the repository's steps, and fails because they are away.</summary>
    private async Task WithoutStepsAsync(Func<Task> action)
    {
        await Database.ExecuteAsync("ALTER TABLE clutch_step_execution RENAME TO clutch_hidden");
        try
        {
            var fault = await Assert.ThrowsAnyAsync<Exception>(action);
            Assert.True(fault is RepositoryException or ChunkNotRecordedException, fault.ToString());
        }
        finally
        {
            await Database.ExecuteAsync("ALTER TABLE clutch_hidden RENAME TO clutch_step_execution");
        }
    }

    private static DeadLetter Letter(StepExecution step, long ordinal) => new()
    {
        InstanceId = step.InstanceId,
        StepExecutionId = step.Id,
        StepName = step.StepName,
        Partition = step.Partition,
        Phase = SkipPhase.Write,
        Ordinal = ordinal,
        Failure = new() { Type = "FormatException", Message = "bad" },
        SkippedAt = DateTimeOffset.UnixEpoch,
    };
}

public sealed class SqliteTargetOfSqliteTests() : TargetTests(() => new SqliteStore(), () => new SqliteStore());

public sealed class PostgreSqlTargetOfSqliteTests() : TargetTests(() => new SqliteStore(), () => new PostgreSqlStore());

public sealed class SqliteTargetOfPostgreSqlTests() : TargetTests(() => new PostgreSqlStore(), () => new SqliteStore());

public sealed class PostgreSqlTargetOfPostgreSqlTests() : TargetTests(() => new PostgreSqlStore(), () => new PostgreSqlStore());
