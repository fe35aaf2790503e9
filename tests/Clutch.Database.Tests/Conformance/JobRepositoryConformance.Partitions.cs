using System.Globalization;
using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task Partitions_wait_until_they_are_claimed()
    {
        var execution = await LaunchAsync();
        var created = await Repository.CreatePartitionsAsync(
            new()
            {
                Lease = LeaseOf(execution),
                InstanceId = execution.InstanceId,
                StepName = "load",
                Partitions =
                [
                    new() { Name = "a-m", Data = """{"from":"a"}""" },
                    new() { Name = "n-z", Data = "ü\"\\", StartCount = 2, Checkpoint = new(new("in"), null), Context = """{"s":"1"}""" },
                ],
            },
            Never);

        var steps = await Repository.ListStepsAsync(execution.Id, Never);
        Assert.True(created);
        Assert.All(steps, step => Assert.Equal((BatchStatus.Starting, null, null), (step.Status, step.Node, step.StartedAt)));
        Assert.Equal(("a-m", """{"from":"a"}""", 1, null), (steps[0].Partition, steps[0].PartitionData, steps[0].StartCount, steps[0].Checkpoint));
        Assert.Equal(("n-z", "ü\"\\", 2, new StepCheckpoint(new("in"), null), """{"s":"1"}"""), (steps[1].Partition, steps[1].PartitionData, steps[1].StartCount, steps[1].Checkpoint, steps[1].Context));
    }

    [SkippableFact]
    public async Task A_thousand_partitions_are_created_at_once()
    {
        var execution = await LaunchAsync();

        await CreateAsync(execution, 1_000);

        var steps = await Repository.ListStepsAsync(execution.Id, Never);
        Assert.Equal(Enumerable.Range(1, 1_000).Select(Name), steps.Select(step => step.Partition));
    }

    [SkippableFact]
    public async Task Partitions_are_created_once_each_time_the_step_begins_however_often_the_call_is_repeated()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        var answers = await AtOnceAsync(4, async _ => await Repository.CreatePartitionsAsync(Plan(execution, 2), Never));
        foreach (var node in (string[])["node-1", "node-2"])
            await EndStepAsync((await ClaimAsync(execution, node))!);
        await CreateAsync(execution, 2);
        var once = await Repository.ListStepsAsync(execution.Id, Never);
        await EndStepAsync(step);

        await StartAsync(execution, startCount: 2);
        await CreateAsync(execution, 2);

        Assert.DoesNotContain(false, answers);
        Assert.Equal([null, Name(1), Name(2)], once.Select(found => found.Partition));
        Assert.Equal([null, Name(1), Name(2), null, Name(1), Name(2)], (await Repository.ListStepsAsync(execution.Id, Never)).Select(found => found.Partition));
    }

    [SkippableFact]
    public async Task Partitions_are_not_created_without_the_lease()
    {
        var execution = await LaunchAsync();
        await EndJobAsync(execution, BatchStatus.Failed);

        Assert.False(await Repository.CreatePartitionsAsync(Plan(execution, 2), Never));
        Assert.Empty(await Repository.ListStepsAsync(execution.Id, Never));
    }

    [SkippableFact]
    public async Task A_claim_hands_out_each_partition_once()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 40);

        var claims = await AtOnceAsync(8, async i =>
        {
            var mine = new List<StepExecution>();
            while (await ClaimAsync(execution, $"node-{i}") is { } partition)
                mine.Add(partition);
            return mine;
        });

        var all = claims.SelectMany(mine => mine).ToList();
        Assert.Equal(40, all.Count);
        Assert.Equal(40, all.Select(partition => partition.Partition).Distinct().Count());
        Assert.All(all, partition => Assert.Equal(BatchStatus.Started, partition.Status));
        Assert.All(all, partition => Assert.NotNull(partition.StartedAt));
    }

    [SkippableFact]
    public async Task A_partition_whose_lease_expired_is_claimed_again_and_its_old_owner_cannot_commit()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        var first = (await ClaimAsync(execution, "node-2"))!;
        await using var session = await Repository.ChunkStore.OpenAsync(first, isResumed: true, Never);
        await RunChunkAsync(session, first, 1);
        Assert.Null(await ClaimAsync(execution, "node-3"));
        await ExpireLeaseAsync(execution.Id);

        var second = (await ClaimAsync(execution, "node-3"))!;

        Assert.Equal((first.Id, "node-3", first.Fence + 1), (second.Id, second.Node, second.Fence));
        Assert.Equal((1, new StepCheckpoint(Checkpoint.At(10), null)), (second.Counts.Commits, second.Checkpoint));
        Assert.Equal(LeaseAnswer.Lost, await RunChunkAsync(session, first, 2));
        Assert.Equal(LeaseAnswer.Lost, await EndStepAsync(first));
        await using var next = await Repository.ChunkStore.OpenAsync(second, isResumed: true, Never);
        Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(next, second, 3));
        Assert.Equal(LeaseAnswer.Held, await EndStepAsync(second));
        Assert.Equal([1, 3], await ListRowsAsync());
    }

    [SkippableFact]
    public async Task A_takeover_hands_out_what_expired_and_nothing_that_waits()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 2);
        var first = (await ClaimAsync(execution, "node-2"))!;
        var takeover = new PartitionClaim(execution.Id, "load", "node-3", Lease) { Choice = PartitionChoice.Expired };
        Assert.Null(await Repository.ClaimPartitionAsync(takeover, Never));
        await ExpireLeaseAsync(execution.Id);

        var second = (await Repository.ClaimPartitionAsync(takeover, Never))!;

        Assert.Equal((first.Id, "node-3", first.Fence + 1), (second.Id, second.Node, second.Fence));
        Assert.Equal(LeaseAnswer.Lost, await EndStepAsync(first));
        Assert.Null(await Repository.ClaimPartitionAsync(takeover, Never));
    }

    [SkippableFact]
    public async Task Skips_are_counted_over_all_partitions_within_a_chunks_transaction()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 2);
        var first = (await ClaimAsync(execution, "node-1"))!;
        var second = (await ClaimAsync(execution, "node-2"))!;
        await using var one = await Repository.ChunkStore.OpenAsync(first, isResumed: true, Never);
        await using var other = await Repository.ChunkStore.OpenAsync(second, isResumed: true, Never);

        await using (var chunk = await one.BeginAsync(Never))
        {
            Assert.Equal(0, await Repository.CountSkipsAsync(execution.InstanceId, "load", chunk, Never));
            await chunk.CommitAsync(Skipping(first, 3), Never);
        }

        await using (var chunk = await other.BeginAsync(Never))
        {
            Assert.Equal(3, await Repository.CountSkipsAsync(execution.InstanceId, "load", chunk, Never));
            Assert.Equal(0, await Repository.CountSkipsAsync(execution.InstanceId, "other", chunk, Never));
        }
    }

    [SkippableFact]
    public async Task Processes_that_share_a_step_never_pass_its_skip_limit_together()
    {
        const int Limit = 50;
        var execution = await LaunchAsync();
        await CreateAsync(execution, 8);
        Skip.If(Repository is InMemoryJobRepository, "In memory there is one process.");

        // Each is a process of its own that knows nothing of the others: 8 x 20 skips, of which 50 are allowed.
        var committed = await AtOnceAsync(8, async i =>
        {
            var partition = (await ClaimAsync(execution, $"node-{i}"))!;
            await using var session = await Repository.ChunkStore.OpenAsync(partition, isResumed: true, Never);
            var count = 0;
            for (var number = 1; number <= 20; number++)
            {
                await using var chunk = await session.BeginAsync(Never);
                if (await Repository.CountSkipsAsync(execution.InstanceId, "load", chunk, Never) >= Limit)
                    break;
                await chunk.CommitAsync(Skipping(partition, number, number), Never);
                count++;
            }

            return count;
        });

        Assert.Equal(Limit, committed.Sum());
    }

    [SkippableFact]
    public async Task A_partition_that_ended_is_not_claimed_again()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        await EndStepAsync((await ClaimAsync(execution, "node-2"))!, BatchStatus.Failed);
        await ExpireLeaseAsync(execution.Id);

        Assert.Null(await ClaimAsync(execution, "node-2"));
    }

    [SkippableFact]
    public async Task Nothing_is_claimed_of_another_step_or_of_a_job_that_stops()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 2);

        Assert.Null(await Repository.ClaimPartitionAsync(new(execution.Id, "other", "node-2", Lease), Never));
        await Repository.RequestStopAsync(execution.Id, Never);
        Assert.Null(await ClaimAsync(execution, "node-2"));
    }

    [SkippableFact]
    public async Task The_end_of_the_job_ends_waiting_partitions()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 2);

        await EndJobAsync(execution, BatchStatus.Stopped);

        Assert.All(await Repository.ListStepsAsync(execution.Id, Never), step => Assert.Equal(BatchStatus.Stopped, step.Status));
        Assert.Null(await ClaimAsync(execution, "node-2"));
    }

    [SkippableFact]
    public async Task The_history_has_each_partition()
    {
        var first = await LaunchAsync();
        await CreateAsync(first, 3);
        await EndStepAsync((await ClaimAsync(first, "node-1"))!, BatchStatus.Completed, new() { Read = 10, Written = 10, Commits = 1 });
        await EndStepAsync((await ClaimAsync(first, "node-1"))!, BatchStatus.Failed, new() { Read = 15, Written = 10, Commits = 1 }, new() { Read = 5 });
        await EndJobAsync(first, BatchStatus.Failed);

        var history = (await Repository.ListStepHistoryAsync(first.InstanceId, Never)).ToDictionary(entry => entry.Last.Partition!);

        Assert.Equal(
            [(Name(1), BatchStatus.Completed, 10L), (Name(2), BatchStatus.Failed, 10L), (Name(3), BatchStatus.Failed, 0L)],
            history.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value.Last.Status, entry.Value.Committed.Read)));
    }

    [SkippableFact]
    public async Task The_stand_tells_how_many_wait_and_run()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 3);
        var claimed = (await ClaimAsync(execution, "node-1"))!;

        Assert.Equal(new PartitionStand(2, 1), await Repository.WatchPartitionsAsync(execution.Id, "load", Never));
        await EndStepAsync(claimed);
        Assert.Equal(new PartitionStand(2, 0), await Repository.WatchPartitionsAsync(execution.Id, "load", Never));
        Assert.Equal(new PartitionStand(0, 0), await Repository.WatchPartitionsAsync(execution.Id, "other", Never));
    }

    [SkippableFact]
    public async Task A_partition_that_three_nodes_in_a_row_died_with_is_quarantined()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        for (var node = 1; node <= 3; node++)
        {
            Assert.NotNull(await ClaimAsync(execution, $"node-{node}"));
            await ExpireLeaseAsync(execution.Id);
        }

        Assert.Null(await ClaimAsync(execution, "node-4"));
        Assert.Equal(0, (await Repository.WatchPartitionsAsync(execution.Id, "load", Never)).Open);
        var partition = Assert.Single(await Repository.ListStepsAsync(execution.Id, Never));
        Assert.Equal((BatchStatus.Failed, "Quarantined"), (partition.Status, partition.Failure!.Type));
    }

    [SkippableFact]
    public async Task A_committed_chunk_forgives_the_nodes_that_died_before()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        for (var node = 1; node <= 3; node++)
        {
            var partition = (await ClaimAsync(execution, $"node-{node}"))!;
            await using (var session = await Repository.ChunkStore.OpenAsync(partition, isResumed: true, Never))
            {
                if (node == 2)
                    Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(session, partition, 1));
            }

            await ExpireLeaseAsync(execution.Id);
        }

        Assert.Equal(1, (await Repository.WatchPartitionsAsync(execution.Id, "load", Never)).Running);
        Assert.NotNull(await ClaimAsync(execution, "node-4"));
    }

    [SkippableFact]
    public async Task A_partition_handed_back_waits_at_its_checkpoint_and_its_old_owner_cannot_commit()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        var first = (await ClaimAsync(execution, "node-1"))!;
        await using var session = await Repository.ChunkStore.OpenAsync(first, isResumed: true, Never);
        await RunChunkAsync(session, first, 1);

        await Repository.ReleasePartitionAsync(first.Id, first.Fence, Never);
        await Repository.ReleasePartitionAsync(first.Id, first.Fence, Never);
        var stand = await Repository.WatchPartitionsAsync(execution.Id, "load", Never);
        var second = (await ClaimAsync(execution, "node-2"))!;

        Assert.Equal(new PartitionStand(1, 0), stand);
        Assert.Equal((first.Id, "node-2", new StepCheckpoint(Checkpoint.At(10), null)), (second.Id, second.Node, second.Checkpoint));
        Assert.True(second.Fence > first.Fence);
        Assert.Equal(LeaseAnswer.Lost, await RunChunkAsync(session, first, 2));
    }

    [SkippableFact]
    public async Task A_helper_renews_its_partitions_and_hears_of_a_stop_and_of_the_end()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        var partition = (await ClaimAsync(execution, "node-2"))!;
        var held = new HeldPartition(partition.Id, partition.Fence);
        await ExpireLeaseAsync(execution.Id);

        Assert.Equal(LeaseAnswer.Held, await Repository.RenewPartitionsAsync(execution.Id, [held], Lease, Never));
        Assert.Null(await ClaimAsync(execution, "node-3"));
        await Repository.RequestStopAsync(execution.Id, Never);
        Assert.Equal(LeaseAnswer.HeldStopRequested, await Repository.RenewPartitionsAsync(execution.Id, [held], Lease, Never));
        await EndJobAsync(execution, BatchStatus.Stopped);
        Assert.Equal(LeaseAnswer.Lost, await Repository.RenewPartitionsAsync(execution.Id, [held], Lease, Never));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renewal_keeps_alive_what_its_process_runs_and_nothing_else_in_its_name(bool isManager)
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 2);
        var unheard = (await ClaimAsync(execution, execution.Node))!;
        var running = (await ClaimAsync(execution, execution.Node))!;
        var held = new HeldPartition(running.Id, running.Fence);
        await ExpireLeaseAsync(execution.Id);

        if (isManager)
            await Repository.RenewLeaseAsync(LeaseOf(execution), [held], Lease, Never);
        else
            await Repository.RenewPartitionsAsync(execution.Id, [held], Lease, Never);

        Assert.Equal(unheard.Id, (await ClaimAsync(execution, "node-2"))?.Id);
        Assert.Null(await ClaimAsync(execution, "node-2"));
    }

    private static string Name(int number) => number.ToString("0000", CultureInfo.InvariantCulture);

    private static PartitionPlan Plan(JobExecution execution, int count) => new()
    {
        Lease = LeaseOf(execution),
        InstanceId = execution.InstanceId,
        StepName = "load",
        Partitions = Enumerable.Range(1, count).Select(number => new PlannedPartition { Name = Name(number), Data = $"{number}" }).ToArray(),
    };

    protected async Task CreateAsync(JobExecution execution, int count) => Assert.True(await Repository.CreatePartitionsAsync(Plan(execution, count), Never));

    protected Task<StepExecution?> ClaimAsync(JobExecution execution, string node) =>
        Repository.ClaimPartitionAsync(new(execution.Id, "load", node, Lease), Never).AsTask();

    private static ChunkCommit Skipping(StepExecution partition, long skips, long commits = 1) => new()
    {
        StepExecutionId = partition.Id,
        Fence = partition.Fence,
        Checkpoint = new(Checkpoint.At(commits), null),
        Counts = new() { ReadSkipped = skips, Commits = commits },
        LeaseDuration = Lease,
    };
}
