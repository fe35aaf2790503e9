using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Faults;

/// <summary>A SQLite file whose one writer is at work for longer than a lease: who waits for it is alive all the same.</summary>
public sealed class BusyFileTests() : StoreTests(() => new SqliteStore())
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_renewal_that_waited_for_the_writer_counts_from_its_turn()
    {
        var execution = Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(StepRun.Request, Never)).Execution;
        await using var writer = await Database.OpenSessionAsync(Never);
        await writer.BeginAsync(Never);

        var renewal = Repository.RenewLeaseAsync(new(execution.Id, execution.Fence, execution.Node), [], Lease, Never).AsTask();
        Store.Clock.Advance(10 * Lease);
        await writer.RollbackAsync(Never);

        Assert.Equal(LeaseAnswer.Held, await renewal);
        Assert.Equal(Store.Clock.GetUtcNow() + Lease, (await Repository.FindExecutionAsync(execution.Id, Never))!.LeaseExpiresAt);
    }

    [Fact]
    public async Task A_recovery_behind_a_long_chunk_ends_no_execution_of_its_own_process()
    {
        var (isWorking, mayEnd) = (NewSignal(), NewSignal());
        Task<IReadOnlyList<JobExecution>>? recovery = null;
        Recovery? recovering = null;
        await using var host = new JobTestHost(new()
        {
            Repository = Repository,
            TimeProvider = Store.Clock,
            Configure = clutch => clutch
                .Configure(options => options.LeaseDuration = Lease)
                .AddJob("wait", job => job.Step("work", async (_, _) =>
                {
                    isWorking.SetResult();
                    await mayEnd.Task;
                }))
                .AddJob("write", job => job.Step("load", step => step.ReadFrom([1]).WriteChunk((_, _, _) =>
                {
                    // It waits for the end of this chunk, ahead of all renewals.
                    recovery = recovering!.RecoverAsync(Never);
                    Store.Clock.Advance(3 * Lease);
                    return ValueTask.CompletedTask;
                }))),
        });
        recovering = host.Recovery;
        var waiting = await host.LaunchAsync("wait");
        await isWorking.Task;

        var written = await host.RunAsync("write");
        var recovered = await recovery!;
        mayEnd.SetResult();
        var waited = await host.EndOfAsync(waiting);

        Assert.Empty(recovered);
        Assert.Equal((BatchStatus.Completed, BatchStatus.Completed), (written.Status, waited.Status));
    }

    [Fact]
    public async Task A_stop_is_heard_by_the_run_of_this_process_although_the_file_stays_too_busy_to_record_it()
    {
        await using var services = new ServiceCollection().AddClutchSqlite($"{((SqliteStore)Store).ConnectionString};Default Timeout=1").BuildServiceProvider();
        var (isWriting, mayEnd) = (NewSignal(), NewSignal());
        await using var host = new JobTestHost(new()
        {
            Repository = services.GetRequiredService<IJobRepository>(),
            Configure = clutch => clutch.AddJob("write", job => job.Step("load", step => step
                .ReadFrom([1, 2])
                .WriteChunk(async (_, _, _) =>
                {
                    isWriting.TrySetResult();
                    await mayEnd.Task;
                })
                .ChunkSize(1))),
        });
        var launch = await host.LaunchAsync("write");
        await isWriting.Task;

        var answer = await host.Launcher.StopAsync(launch.Run!.Execution.Id);
        mayEnd.SetResult();
        var stopped = await host.EndOfAsync(launch);

        Assert.Equal(StopAnswer.Requested, answer);
        Assert.Equal((BatchStatus.Stopped, 1L), (stopped.Status, stopped.Step("load").Counts.Commits));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
