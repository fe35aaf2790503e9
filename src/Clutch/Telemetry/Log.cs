using Microsoft.Extensions.Logging;

namespace Clutch.Telemetry;

/// <summary>Every log message of the engine. Ids: 1xxx launching, 2xxx steps.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Job {JobName} started: execution {JobExecutionId}, attempt {Attempt}")]
    public static partial void JobStarted(this ILogger logger, string jobName, long jobExecutionId, int attempt);

    [LoggerMessage(1002, LogLevel.Information, "Job {JobName} ended {Status}: execution {JobExecutionId} after {ElapsedSeconds:0.0} s")]
    public static partial void JobEnded(this ILogger logger, string jobName, string status, long jobExecutionId, double elapsedSeconds);

    [LoggerMessage(1003, LogLevel.Error, "Job {JobName} failed: execution {JobExecutionId}")]
    public static partial void JobFailed(this ILogger logger, string jobName, long jobExecutionId, Exception? fault);

    [LoggerMessage(1004, LogLevel.Warning, "Job execution {JobExecutionId} of {JobName} was recovered: its owner {Node} is gone")]
    public static partial void ExecutionRecovered(this ILogger logger, long jobExecutionId, string jobName, string node);

    [LoggerMessage(1005, LogLevel.Warning, "Job execution {JobExecutionId} lost its lease and was left as it is")]
    public static partial void LeaseLost(this ILogger logger, long jobExecutionId, Exception? fault);

    [LoggerMessage(1006, LogLevel.Warning, "Renewing the lease of job execution {JobExecutionId} failed; trying again")]
    public static partial void LeaseRenewalFailed(this ILogger logger, long jobExecutionId, Exception fault);

    [LoggerMessage(1007, LogLevel.Warning, "A listener failed after {Subject} of job execution {JobExecutionId}; the outcome stands")]
    public static partial void ListenerFailed(this ILogger logger, string subject, long jobExecutionId, Exception fault);

    [LoggerMessage(1008, LogLevel.Error, "The end of job execution {JobExecutionId} could not be recorded; its lease will expire and it will be recovered")]
    public static partial void EndNotRecorded(this ILogger logger, long jobExecutionId, Exception fault);

    [LoggerMessage(1009, LogLevel.Error, "Gave up restarting execution {JobExecutionId} of {JobName}: {Reason}")]
    public static partial void GaveUpRestarting(this ILogger logger, long jobExecutionId, string jobName, string reason);

    [LoggerMessage(1010, LogLevel.Warning, "Looking for executions to recover or restart failed; trying again")]
    public static partial void RecoveryFailed(this ILogger logger, Exception fault);

    [LoggerMessage(1011, LogLevel.Warning, "The sign of life of this node was not written; trying again")]
    public static partial void BeatFailed(this ILogger logger, Exception fault);

    [LoggerMessage(1012, LogLevel.Warning, "Job execution {JobExecutionId} was asked to stop and ends at its next chunk boundary, but the repository was too busy to record the request")]
    public static partial void StopNotRecorded(this ILogger logger, long jobExecutionId, Exception fault);

    [LoggerMessage(1013, LogLevel.Warning, "Job {JobName} has no steps: execution {JobExecutionId} completes with the exit code 'NoSteps', and nothing was done")]
    public static partial void JobWithoutSteps(this ILogger logger, string jobName, long jobExecutionId);

    [LoggerMessage(2001, LogLevel.Information, "Step {StepName} started in job execution {JobExecutionId}")]
    public static partial void StepStarted(this ILogger logger, string stepName, long jobExecutionId);

    [LoggerMessage(2002, LogLevel.Information, "Step {StepName} ended {Status} in job execution {JobExecutionId}: {ReadCount} read, {WrittenCount} written, {FilteredCount} filtered, {SkippedCount} skipped")]
    public static partial void StepEnded(this ILogger logger, string stepName, string status, long jobExecutionId, long readCount, long writtenCount, long filteredCount, long skippedCount);

    [LoggerMessage(2003, LogLevel.Debug, "Committed chunk {ChunkNumber} of step {StepName} in job execution {JobExecutionId}: {WrittenCount} written")]
    public static partial void ChunkCommitted(this ILogger logger, long chunkNumber, string stepName, long jobExecutionId, int writtenCount);

    [LoggerMessage(2004, LogLevel.Debug, "Rolling back a chunk of step {StepName} in job execution {JobExecutionId} failed after: {Cause}")]
    public static partial void RollbackFailed(this ILogger logger, string stepName, long jobExecutionId, string cause, Exception fault);

    [LoggerMessage(2006, LogLevel.Warning, "Partition {PartitionName} of step {StepName} in job execution {JobExecutionId} went to another worker; leaving it")]
    public static partial void PartitionLost(this ILogger logger, string partitionName, string stepName, long jobExecutionId, Exception fault);

    [LoggerMessage(2007, LogLevel.Warning, "Took over partition {PartitionName} of step {StepName} in job execution {JobExecutionId}, whose lease had expired")]
    public static partial void PartitionTakenOver(this ILogger logger, string partitionName, string stepName, long jobExecutionId);

    [LoggerMessage(2008, LogLevel.Warning, "Looking for partitions to take over of step {StepName} in job execution {JobExecutionId} failed; the next look tries again")]
    public static partial void TakeoverFailed(this ILogger logger, string stepName, long jobExecutionId, Exception fault);

    [LoggerMessage(2009, LogLevel.Debug, "Telling the manager of job execution {JobExecutionId} that partitions ended here failed; it looks by itself")]
    public static partial void SignalFailed(this ILogger logger, long jobExecutionId, Exception fault);

    [LoggerMessage(2010, LogLevel.Warning, "Calling further workers to step {StepName} of job execution {JobExecutionId} failed; the next call tries again")]
    public static partial void CrewCallFailed(this ILogger logger, string stepName, long jobExecutionId, Exception fault);

    [LoggerMessage(2011, LogLevel.Warning, "Closing {TypeName} of step {StepName} in job execution {JobExecutionId} failed, behind the fault that ended its work")]
    public static partial void DisposalFailed(this ILogger logger, string typeName, string stepName, long jobExecutionId, Exception fault);

    [LoggerMessage(2005, LogLevel.Warning, "The reader of step {StepName} in job execution {JobExecutionId} failed and is opened anew at the last checkpoint")]
    public static partial void ReaderReopened(this ILogger logger, string stepName, long jobExecutionId);
}
