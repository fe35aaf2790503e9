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
    private static readonly TimeSpan NoteTimeout = TimeSpan.FromSeconds(2);

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
        try
        {
            await wakeUps.StopAsync();
            await scheduler.Standby(cancellationToken);
            drain.Request();
            await HandBackAsync(scheduler, cancellationToken);
        }
        finally
        {
            await scheduler.Shutdown(waitForJobsToComplete: false, CancellationToken.None);
        }
    }

    private async Task HandBackAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var marking = TryAsync(nodes.MarkDrainingAsync);
        if (!await HaveEndedAsync(scheduler, options.DrainTimeout, cancellationToken))
        {
            logger.DrainTimedOut(options.DrainTimeout);
            drain.TimeOut();
            await HaveEndedAsync(scheduler, HandBackTimeout, cancellationToken);
        }

        await marking;
        await TryAsync(nodes.LeaveAsync);
    }

    // The database may be away: then others go by this node's check-ins alone.
    private async Task TryAsync(Func<CancellationToken, Task> write)
    {
        using var patience = new CancellationTokenSource(NoteTimeout, timeProvider);
        try
        {
            await write(patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception fault)
        {
            logger.FarewellFailed(fault);
        }
    }

    private async Task<bool> HaveEndedAsync(IScheduler scheduler, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await WaitForFiringsAsync(scheduler, either.Token).WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task WaitForFiringsAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        while (!await HaveEndedAsync(scheduler, cancellationToken))
            await Task.Delay(TimeSpan.FromMilliseconds(100), timeProvider, cancellationToken);
    }

    // Where the database cannot be asked, a firing may be under way: its own end is stored there.
    private async Task<bool> HaveEndedAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        try
        {
            var query = new FireInstanceQuery { SchedulerInstanceId = await scheduler.GetSchedulerInstanceId(cancellationToken), State = FireInstanceState.Executing };
            return (await scheduler.QueryFireInstances(query, cancellationToken)).Items.Count == 0;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            logger.FiringsUnknown(fault);
            return false;
        }
    }
}
