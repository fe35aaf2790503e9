using Clutch.Scheduling.Firings;
using Clutch.Scheduling.Partitions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Clutch.Scheduling.Hosting;

/// <summary>Deploys the program's schedules, runs the scheduler, and hands its work back at the end.</summary>
internal sealed class SchedulerHost(
    SchedulerAccess access,
    QuartzSchedules schedules,
    IEnumerable<ScheduleDefinition> code,
    NodeRegister nodes,
    Drain drain,
    WakeUps wakeUps,
    SchedulerOptions options,
    TimeProvider timeProvider,
    ILogger<SchedulerHost> logger) : IHostedService
{
    // Each firing stores one row; the host grants five seconds beyond the drain.
    private static readonly TimeSpan HandBackTimeout = TimeSpan.FromSeconds(2);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        var patience = new StartPatience(timeProvider, logger);
        await patience.RunAsync(() => schedules.DeployAsync([.. code], options.Program, cancellationToken), cancellationToken);
        await patience.RunAsync(() => nodes.EnterAsync(cancellationToken), cancellationToken);
        await scheduler.Start(cancellationToken);
        wakeUps.Start();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        await wakeUps.StopAsync();
        await scheduler.Standby(cancellationToken);
        drain.Request();
        await nodes.MarkDrainingAsync(cancellationToken);
        if (!await HaveEndedAsync(scheduler, options.DrainTimeout, cancellationToken))
        {
            logger.DrainTimedOut(options.DrainTimeout);
            drain.TimeOut();
            await HaveEndedAsync(scheduler, HandBackTimeout, cancellationToken);
        }

        await nodes.LeaveAsync(cancellationToken);
        await scheduler.Shutdown(waitForJobsToComplete: false, cancellationToken);
    }

    private async Task<bool> HaveEndedAsync(IScheduler scheduler, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForFiringsAsync(scheduler, cancellationToken).WaitAsync(timeout, timeProvider, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task WaitForFiringsAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var name = await scheduler.GetSchedulerInstanceId(cancellationToken);
        var query = new FireInstanceQuery { SchedulerInstanceId = name, State = FireInstanceState.Executing };
        while ((await scheduler.QueryFireInstances(query, cancellationToken)).Items.Count > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), timeProvider, cancellationToken);
    }
}
