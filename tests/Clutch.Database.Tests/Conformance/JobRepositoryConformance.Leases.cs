using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task A_renewal_keeps_execution_and_steps_alive()
    {
        var execution = await LaunchAsync();
        await StartAsync(execution);
        await ExpireLeaseAsync(execution.Id);

        Assert.Equal(LeaseAnswer.Held, await Repository.RenewLeaseAsync(LeaseOf(execution), [], Lease, Never));

        Assert.Empty(await Repository.RecoverAsync([], [], Never));
        Assert.IsType<LaunchDecision.AlreadyRunning>(await Repository.LaunchAsync(Request(), Never));
        Assert.True((await FindAsync(execution)).LeaseExpiresAt > execution.LeaseExpiresAt.AddMinutes(-1));
    }

    [SkippableFact]
    public async Task A_renewal_tells_that_a_stop_was_asked_for()
    {
        var execution = await LaunchAsync();
        await Repository.RequestStopAsync(execution.Id, Never);

        Assert.Equal(LeaseAnswer.HeldStopRequested, await Repository.RenewLeaseAsync(LeaseOf(execution), [], Lease, Never));
    }

    [SkippableFact]
    public async Task A_renewal_after_recovery_is_lost()
    {
        var execution = await LaunchAsync();
        await ExpireLeaseAsync(execution.Id);
        await Repository.RecoverAsync([], [], Never);

        Assert.Equal(LeaseAnswer.Lost, await Repository.RenewLeaseAsync(LeaseOf(execution), [], Lease, Never));
        Assert.Equal(LeaseAnswer.Lost, await EndJobAsync(execution));
    }

    [SkippableFact]
    public async Task Recovery_ends_what_expired_and_nothing_else()
    {
        var dead = await LaunchAsync(Request(job: "dead"));
        var step = await StartAsync(dead);
        await ExpireLeaseAsync(dead.Id);
        var alive = await LaunchAsync(Request(job: "alive", node: "node-2", lease: TimeSpan.FromDays(1)));

        var recovered = Assert.Single(await Repository.RecoverAsync([], [], Never));

        Assert.Equal((dead.Id, BatchStatus.Failed, "Failed"), (recovered.Id, recovered.Status, recovered.ExitCode));
        Assert.Equal(("LeaseExpired", "lease expired on node node-1"), (recovered.Failure!.Type, recovered.Failure.Message));
        Assert.True(recovered.Fence > dead.Fence);
        Assert.NotNull(recovered.EndedAt);
        var ended = await FindAsync(step);
        Assert.Equal((BatchStatus.Failed, "LeaseExpired"), (ended.Status, ended.Failure!.Type));
        Assert.True(ended.Fence > step.Fence);
        Assert.Equal(BatchStatus.Started, (await FindAsync(alive)).Status);
        Assert.Empty(await Repository.RecoverAsync([], [], Never));
    }

    [SkippableFact]
    public async Task Recovery_stops_what_was_asked_to_stop()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        await Repository.RequestStopAsync(execution.Id, Never);
        await ExpireLeaseAsync(execution.Id);

        Assert.Equal(BatchStatus.Stopped, Assert.Single(await Repository.RecoverAsync([], [], Never)).Status);
        Assert.Equal(BatchStatus.Stopped, (await FindAsync(step)).Status);
    }

    [SkippableFact]
    public async Task Recovery_ends_what_runs_on_a_dead_node()
    {
        var dead = await LaunchAsync(Request(job: "dead", node: "node-7"));
        await LaunchAsync(Request(job: "alive", node: "node-8"));

        Assert.Equal(dead.Id, Assert.Single(await Repository.RecoverAsync(["node-7", "node-9"], [], Never)).Id);
    }

    [SkippableFact]
    public async Task A_step_that_commits_keeps_its_job_alive()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await ExpireLeaseAsync(execution.Id);

        Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(session, step, 1));

        Assert.Empty(await Repository.RecoverAsync([], [], Never));
        Assert.IsType<LaunchDecision.AlreadyRunning>(await Repository.LaunchAsync(Request(), Never));
    }

    [SkippableFact]
    public async Task A_partition_that_another_node_works_on_does_not_keep_the_job_alive()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        await ExpireLeaseAsync(execution.Id);
        Assert.NotNull(await ClaimAsync(execution, "node-2"));

        Assert.Equal(execution.Id, Assert.Single(await Repository.RecoverAsync([], [], Never)).Id);
    }

    [SkippableFact]
    public async Task Recovery_and_a_commit_at_one_moment_agree()
    {
        for (var round = 0; round < 10; round++)
        {
            var execution = await LaunchAsync(Request(date: $"round-{round}"));
            var step = await StartAsync(execution);
            await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
            await ExpireLeaseAsync(execution.Id);

            var outcomes = await AtOnceAsync(2, async i => i == 1
                ? (object)await RunChunkAsync(session, step, round)
                : await Repository.RecoverAsync([], [], Never));

            var committed = (LeaseAnswer)outcomes[0] == LeaseAnswer.Held;
            Assert.Equal(committed, (await ListRowsAsync()).Contains(round));
            Assert.Equal(committed ? 1 : 0, (await FindAsync(step)).Counts.Commits == 0 ? 0 : 1);
        }
    }

    [SkippableFact]
    public async Task A_stop_is_requested_while_it_runs_only()
    {
        var execution = await LaunchAsync();

        Assert.Equal(StopAnswer.Requested, await Repository.RequestStopAsync(execution.Id, Never));
        Assert.Equal(StopAnswer.Requested, await Repository.RequestStopAsync(execution.Id, Never));
        Assert.Equal(BatchStatus.Stopping, (await FindAsync(execution)).Status);
        Assert.IsType<LaunchDecision.AlreadyRunning>(await Repository.LaunchAsync(Request(restartOf: execution.Id), Never));

        await EndJobAsync(execution, BatchStatus.Stopped);
        Assert.Equal(StopAnswer.NotRunning, await Repository.RequestStopAsync(execution.Id, Never));
        Assert.Equal(StopAnswer.Unknown, await Repository.RequestStopAsync(new(4711), Never));
    }

    [SkippableFact]
    public async Task Only_what_stopped_or_failed_is_abandoned()
    {
        var completed = await LaunchAsync(Request(job: "completed"));
        await EndJobAsync(completed);
        var execution = await LaunchAsync();

        Assert.Equal(AbandonAnswer.StillRunning, await Repository.AbandonAsync(execution.Id, Never));
        Assert.Equal(AbandonAnswer.AlreadyComplete, await Repository.AbandonAsync(completed.Id, Never));
        Assert.Equal(AbandonAnswer.Unknown, await Repository.AbandonAsync(new(4711), Never));

        await EndJobAsync(execution, BatchStatus.Failed);
        Assert.Equal(AbandonAnswer.Abandoned, await Repository.AbandonAsync(execution.Id, Never));
        Assert.Equal(AbandonAnswer.Abandoned, await Repository.AbandonAsync(execution.Id, Never));
        Assert.Equal(BatchStatus.Abandoned, (await FindAsync(execution)).Status);
    }

    [SkippableFact]
    public async Task Only_the_latest_execution_of_an_instance_is_abandoned()
    {
        var first = await LaunchAsync();
        await EndJobAsync(first, BatchStatus.Failed);
        var second = await LaunchAsync();

        Assert.Equal(AbandonAnswer.Superseded, await Repository.AbandonAsync(first.Id, Never));
        await EndJobAsync(second, BatchStatus.Failed);
        Assert.Equal(AbandonAnswer.Superseded, await Repository.AbandonAsync(first.Id, Never));
        Assert.Equal(AbandonAnswer.Abandoned, await Repository.AbandonAsync(second.Id, Never));

        Assert.Equal((BatchStatus.Failed, BatchStatus.Abandoned), ((await FindAsync(first)).Status, (await FindAsync(second)).Status));
        Assert.IsType<LaunchDecision.Abandoned>(await Repository.LaunchAsync(Request(), Never));
    }

    [SkippableFact]
    public async Task Of_a_restart_and_an_abandonment_at_one_moment_one_is_refused()
    {
        for (var round = 0; round < 20; round++)
        {
            var failed = await LaunchAsync(Request(date: $"round-{round}"));
            await EndJobAsync(failed, BatchStatus.Failed);

            var outcomes = await AtOnceAsync(2, async i => i == 1
                ? (object)await Repository.LaunchAsync(Request(date: $"round-{round}", restartOf: failed.Id), Never)
                : await Repository.AbandonAsync(failed.Id, Never));

            Assert.Equal(outcomes[0] is LaunchDecision.Launched ? AbandonAnswer.Superseded : AbandonAnswer.Abandoned, outcomes[1]);
        }
    }

    [SkippableFact]
    public async Task Active_nodes_are_those_that_hold_something_running()
    {
        await LaunchAsync(Request(job: "a", node: "node-1"));
        var ended = await LaunchAsync(Request(job: "b", node: "node-2"));
        await EndJobAsync(ended);
        var parent = await LaunchAsync(Request(job: "c", node: "node-3"));
        await CreateAsync(parent, 2);
        await ClaimAsync(parent, "node-4");
        var handedBack = (await ClaimAsync(parent, "node-5"))!;
        await Repository.ReleasePartitionAsync(handedBack.Id, handedBack.Fence, Never);

        Assert.Equal(["node-1", "node-3", "node-4"], (await Repository.ListActiveNodesAsync(Never)).Order());
    }
}
