using Quartz;

namespace Clutch.Scheduling;

/// <summary>The scheduler of this process.</summary>
internal sealed class SchedulerAccess(ISchedulerFactory factory)
{
    public async ValueTask<IScheduler> GetAsync(CancellationToken cancellationToken) => await factory.GetScheduler(cancellationToken);
}
