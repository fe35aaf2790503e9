using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>What the scheduler runs when a schedule fires.</summary>
internal sealed class ScheduledLaunch(FiringRunner runner) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var end = await runner.RunAsync(Firing.Of(context), cancellationToken);
        context.Result = end.ToReport();
    }
}
