using Clutch.Client.Wire;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Telemetry;

/// <summary>Every log message of the server: ids 6xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Warning, "Asking for live progress failed; trying again")]
    public static partial void LiveQueryFailed(this ILogger logger, Exception fault);

    [LoggerMessage(6003, LogLevel.Warning, "Retention failed; trying again at the next interval")]
    public static partial void RetentionFailed(this ILogger logger, Exception fault);

    [LoggerMessage(6004, LogLevel.Information, "Retention deleted {ExecutionCount} executions and {AuditCount} audit entries")]
    public static partial void RetentionDone(this ILogger logger, int executionCount, int auditCount);

    [LoggerMessage(6005, LogLevel.Error, "A request failed: {Method} {Path}")]
    public static partial void RequestFailed(this ILogger logger, string method, string path, Exception fault);

    [LoggerMessage(6006, LogLevel.Information, "Draining: {RunningCount} executions come to a chunk boundary within {TimeoutSeconds:0} s")]
    public static partial void Draining(this ILogger logger, int runningCount, double timeoutSeconds);

    [LoggerMessage(6007, LogLevel.Warning, "{RunningCount} executions did not come to a chunk boundary in time; another process takes them up at their last commit")]
    public static partial void DrainTimedOut(this ILogger logger, int runningCount);

    [LoggerMessage(6101, LogLevel.Warning, "Alert {AlertId} opened by rule {Rule}: {What}")]
    public static partial void AlertOpened(this ILogger logger, long alertId, AlertRule rule, string what);

    [LoggerMessage(6102, LogLevel.Information, "Alert {AlertId} of rule {Rule} recovered")]
    public static partial void AlertRecovered(this ILogger logger, long alertId, AlertRule rule);

    [LoggerMessage(6103, LogLevel.Error, "The alert rule {Rule} failed; its alerts stay as they are, and it is looked at again")]
    public static partial void AlertRuleFailed(this ILogger logger, AlertRule rule, Exception fault);

    [LoggerMessage(6104, LogLevel.Warning, "Looking at the alert rules failed; trying again")]
    public static partial void AlertLookFailed(this ILogger logger, Exception fault);

    [LoggerMessage(6050, LogLevel.Error, "The page {Path} could not be made")]
    public static partial void PageFailed(this ILogger logger, string path, Exception fault);

    [LoggerMessage(6051, LogLevel.Warning, "The overview shows no outbox, for it could not be asked")]
    public static partial void OutboxNotAsked(this ILogger logger, Exception fault);
}
