using Clutch.Executions;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>Goes through every fault point of a job of three steps, one of them partitioned: whatever breaks, restarts end it complete and exact.</summary>
public abstract class CrashBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    public static TheoryData<FaultPoint, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<FaultPoint, int, int>();
            // Leases are renewed by the clock: that point has a test of its own, below.
            foreach (var point in Enum.GetValues<FaultPoint>().Where(point => point is not FaultPoint.WhileRenewing))
            {
                foreach (var concurrency in new[] { 1, 4 })
                {
                    foreach (var hit in HitsFor(point))
                        cases.Add(point, hit, concurrency);
                }
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task A_fault_at_any_point_loses_nothing_and_doubles_nothing(FaultPoint point, int hit, int concurrency)
    {
        var job = await ThreeStepJob.CreateAsync(Store, NewName("crash"), concurrency);
        var plan = new FaultPlan().ThrowAt(point, hit);

        var status = await job.RunAsync(plan);
        for (var run = 0; status is not BatchStatus.Completed && run < 5; run++)
            status = await job.RunAsync(faults: null);

        Assert.Equal(BatchStatus.Completed, status);
        Assert.Equal(1, plan.FiredCount);
        await job.AssertExactAsync();
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_fault_at_every_point_one_after_the_other_loses_nothing_and_doubles_nothing(int concurrency)
    {
        var job = await ThreeStepJob.CreateAsync(Store, NewName("crash"), concurrency);
        var plans = Enum.GetValues<FaultPoint>().Where(point => point is not FaultPoint.WhileRenewing).Select(point => new FaultPlan().ThrowAt(point, hit: 2)).ToList();

        var status = BatchStatus.Failed;
        foreach (var plan in plans)
            status = status is BatchStatus.Completed ? status : await job.RunAsync(plan);
        for (var run = 0; status is not BatchStatus.Completed && run < 5; run++)
            status = await job.RunAsync(faults: null);

        Assert.Equal(BatchStatus.Completed, status);
        await job.AssertExactAsync();
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_fault_while_a_lease_is_renewed_loses_nothing_and_doubles_nothing(int concurrency)
    {
        var job = await ThreeStepJob.CreateAsync(Store, NewName("crash"), concurrency);
        var isRenewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var plan = new FaultPlan().ThrowAt(FaultPoint.WhileRenewing).DoAt(FaultPoint.WhileRenewing, hit: 2, isRenewed.SetResult);
        job.Hold = isRenewed.Task;

        var status = await job.RunAsync(plan);

        Assert.Equal((BatchStatus.Completed, 2), (status, plan.FiredCount));
        await job.AssertExactAsync();
    }

    private static int[] HitsFor(FaultPoint point) => point switch
    {
        FaultPoint.BeforePartitions or FaultPoint.BeforeJobEnd => [1],
        FaultPoint.WhileIsolating or FaultPoint.AfterClaim or FaultPoint.WhileClosing or FaultPoint.AfterPublish or FaultPoint.BeforeStepEnd => [1, 2, 3],
        _ => [1, 2, 5, 9],
    };
}
