using Clutch.Executions;
using Clutch.Steps;

namespace Clutch.Database.Tests.Engine;

/// <summary>Kills a real process with SIGKILL at every fault point and starts it again: nothing lost, nothing doubled, nobody's help.</summary>
public abstract class KillBehaviour<TStore> : EngineTests<TStore>
    where TStore : RelationalEngineStore, new()
{
    private const int Killed = 137;

    [SkippableFact]
    public async Task A_process_killed_at_every_fault_point_in_turn_completes_its_job_exactly()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "A killed process is told from a lost node by /proc.");
        var name = NewName("kill");
        var job = await ThreeStepJob.CreateAsync(Store, name, concurrency: 4);
        var ends = new List<(FaultPoint Point, int ExitCode)>();

        // Each start gets a little further before it dies: the points of a chunk first, then those around a step, then the end of the job.
        foreach (var point in new[]
        {
            FaultPoint.WhileRenewing, FaultPoint.AfterRead, FaultPoint.AfterProcess, FaultPoint.BeforeWrite, FaultPoint.AfterWrite, FaultPoint.AfterCommit, FaultPoint.WhileIsolating,
            FaultPoint.WhileClosing, FaultPoint.AfterPublish, FaultPoint.BeforeStepEnd, FaultPoint.BeforePartitions, FaultPoint.AfterClaim, FaultPoint.BeforeJobEnd,
        })
        {
            ends.Add((point, await CrashChild.RunAsync(Store, name, concurrency: 4, $"{point}:1:kill")));
            await job.CheckAsync();
        }

        var last = await CrashChild.RunAsync(Store, name, concurrency: 4, fault: null);

        Assert.All(ends, end => Assert.Equal((end.Point, Killed), end));
        Assert.Equal(0, last);
        Assert.Equal(BatchStatus.Completed, await job.CheckAsync());
        await job.AssertExactAsync();
    }
}
