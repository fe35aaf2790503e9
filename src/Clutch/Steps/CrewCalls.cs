using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Steps;

/// <summary>Calls workers of other processes while partitions wait: at first all there are, later those of nodes that joined or became free.</summary>
internal sealed class CrewCalls(StepRun run, PartitionSpread? spread, int concurrency)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly IPartitionCrew? _crew = spread is null ? null : run.Context.Services.GetService<IPartitionCrew>();

    /// <summary>Does the work with help.</summary>
    public async Task WhileAsync(int partitionCount, Func<Task> work)
    {
        if (_crew is null || partitionCount <= concurrency)
        {
            await work();
            return;
        }

        await CallFirstAsync(_crew, partitionCount - concurrency);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping, run.Aborted);
        var again = CallAgainAsync(_crew, ending.Token);
        try
        {
            await work();
        }
        finally
        {
            await ending.CancelAsync();
            await again;
        }
    }

    private async Task CallFirstAsync(IPartitionCrew crew, int partitionCount)
    {
        try
        {
            await CallAsync(crew, partitionCount, isRepeated: false);
        }
        catch (Exception fault) when (!run.Aborted.IsCancellationRequested)
        {
            // Those who are here can do all of the work; a later call may bring the others.
            run.Logger.CrewCallFailed(run.Context.StepName, run.Context.JobExecutionId.Value, fault);
        }
    }

    private async Task CallAgainAsync(IPartitionCrew crew, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(Interval, run.Context.TimeProvider);
        while (await timer.NextAsync(ending))
        {
            try
            {
                var stand = await run.Repository.Inner.WatchPartitionsAsync(run.Context.JobExecutionId, run.Context.StepName, ending);
                if (stand.Waiting > 0)
                    await CallAsync(crew, stand.Waiting, isRepeated: true);
            }
            catch (Exception fault)
            {
                // The next call may come through; without one, those who are here do the work.
                if (!ending.IsCancellationRequested)
                    run.Logger.CrewCallFailed(run.Context.StepName, run.Context.JobExecutionId.Value, fault);
            }
        }
    }

    private ValueTask CallAsync(IPartitionCrew crew, int partitionCount, bool isRepeated)
    {
        var call = new PartitionCall
        {
            JobName = run.Context.JobName,
            JobExecutionId = run.Context.JobExecutionId,
            StepName = run.Context.StepName,
            PartitionCount = partitionCount,
            NodeLabel = spread!.NodeLabel,
            IsRepeated = isRepeated,
        };
        return crew.CallAsync(call, run.Aborted);
    }
}
