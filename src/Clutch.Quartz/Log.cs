using Microsoft.Extensions.Logging;

namespace Clutch.Scheduling;

/// <summary>Every log message of schedules. Ids: 71xx.</summary>
internal static partial class Log
{
    [LoggerMessage(7101, LogLevel.Information, "Schedules deployed: {CreatedCount} created, {ChangedCount} changed, {RemovedCount} removed; {EditedCount} were edited by hand and stay as they are")]
    public static partial void SchedulesDeployed(this ILogger logger, int createdCount, int changedCount, int removedCount, int editedCount);

    [LoggerMessage(7102, LogLevel.Warning, "Schedule {ScheduleName}: execution {JobExecutionId} of dead node {Node} goes on as execution {NextExecutionId}")]
    public static partial void FiringTakenUp(this ILogger logger, string scheduleName, long jobExecutionId, string node, long nextExecutionId);

    [LoggerMessage(7103, LogLevel.Information, "Schedule {ScheduleName}: execution {JobExecutionId} was handed back to the other nodes, for this one shuts down")]
    public static partial void FiringHandedBack(this ILogger logger, string scheduleName, long jobExecutionId);

    [LoggerMessage(7104, LogLevel.Information, "Schedule {ScheduleName} was {Action} by {Author}")]
    public static partial void ScheduleChanged(this ILogger logger, string scheduleName, string action, string author);

    [LoggerMessage(7106, LogLevel.Debug, "Waking schedulers up for partitions failed; they look by themselves")]
    public static partial void WakeUpFailed(this ILogger logger, Exception fault);

    [LoggerMessage(7107, LogLevel.Warning, "The other nodes hold the cluster's lock; this node's start is tried again in {Pause}")]
    public static partial void StartDelayed(this ILogger logger, TimeSpan pause, Exception fault);

    [LoggerMessage(7108, LogLevel.Warning, "Schedule {ScheduleName}: the job repository could not be asked; its firing was put off")]
    public static partial void FiringDelayed(this ILogger logger, string scheduleName, Exception fault);

    [LoggerMessage(7109, LogLevel.Warning, "This node could not tell the others that it leaves; they see it by its check-ins")]
    public static partial void FarewellFailed(this ILogger logger, Exception fault);

    [LoggerMessage(7110, LogLevel.Debug, "The scheduler's database could not be asked whether firings run; the shutdown waits as if they did")]
    public static partial void FiringsUnknown(this ILogger logger, Exception fault);

    [LoggerMessage(7105, LogLevel.Warning, "Executions did not stop within {Timeout}; what schedules fired goes on elsewhere when they have, or when their leases are over")]
    public static partial void DrainTimedOut(this ILogger logger, TimeSpan timeout);
}
