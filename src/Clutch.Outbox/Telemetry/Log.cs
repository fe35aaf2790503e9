using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Telemetry;

/// <summary>Every log message of the outbox. Ids: 51xx relay, 52xx poller, 53xx the rest.</summary>
internal static partial class Log
{
    [LoggerMessage(5101, LogLevel.Debug, "Submitted {ItemCount} messages of channel {Channel}, group {Group}, as submission {SubmissionId}: {Outcome}")]
    public static partial void Submitted(this ILogger logger, int itemCount, string channel, string group, long submissionId, string outcome);

    [LoggerMessage(5102, LogLevel.Warning, "Submission {SubmissionId} of channel {Channel} ended {Outcome} at attempt {Attempt}: {Problem}")]
    public static partial void SubmissionTroubled(this ILogger logger, long submissionId, string channel, string outcome, int attempt, string problem);

    [LoggerMessage(5103, LogLevel.Error, "Channel {Channel} stopped until a person acts: {Problem}")]
    public static partial void ChannelStopped(this ILogger logger, string channel, string problem);

    [LoggerMessage(5104, LogLevel.Information, "Channel {Channel} works again")]
    public static partial void ChannelWorks(this ILogger logger, string channel);

    [LoggerMessage(5105, LogLevel.Warning, "Submission {SubmissionId} of channel {Channel} went to another process; what this one knew was not stored")]
    public static partial void FenceRejected(this ILogger logger, long submissionId, string channel);

    [LoggerMessage(5106, LogLevel.Warning, "Took over submission {SubmissionId} of channel {Channel} from {PreviousOwner}, which gave no sign of life")]
    public static partial void LeaseExpired(this ILogger logger, long submissionId, string channel, string previousOwner);

    [LoggerMessage(5107, LogLevel.Warning, "Group {Group} of channel {Channel} rests for {RestSeconds:0.0} s: the target refused it {RefusalCount} times in a row")]
    public static partial void BreakerOpened(this ILogger logger, string group, string channel, double restSeconds, int refusalCount);

    [LoggerMessage(5108, LogLevel.Error, "The target of channel {Channel} says that the key of submission {SubmissionId} came with another content: {Problem}")]
    public static partial void KeyConflict(this ILogger logger, string channel, long submissionId, string problem);

    // A refusal is an answer of the target, not a fault of ours: the messages wait as dead letters, and an alert tells where they are many.
    [LoggerMessage(5109, LogLevel.Warning, "{Count} messages of channel {Channel} failed ({Kind}): {Problem}")]
    public static partial void MessagesFailed(this ILogger logger, int count, string channel, string kind, string problem);

    [LoggerMessage(5201, LogLevel.Warning, "Asking for {Count} operations of channel {Channel} failed; trying again")]
    public static partial void PollFailed(this ILogger logger, int count, string channel, Exception fault);

    [LoggerMessage(5202, LogLevel.Warning, "The target of channel {Channel} does not know the operation of submission {SubmissionId} any more")]
    public static partial void StatusLost(this ILogger logger, string channel, long submissionId);

    [LoggerMessage(5203, LogLevel.Warning, "The target of channel {Channel} told nothing that can be read of {Count} operations, such as '{CorrelationId}'; asking again")]
    public static partial void StatusMissing(this ILogger logger, int count, string channel, string correlationId);

    [LoggerMessage(5204, LogLevel.Error, "What became of submission {SubmissionId} of channel {Channel} could not be stored; it is asked for again when its lease is over")]
    public static partial void OutcomeNotStored(this ILogger logger, long submissionId, string channel, Exception fault);

    [LoggerMessage(5205, LogLevel.Warning, "The target of channel {Channel} says that item '{ItemId}' of submission {SubmissionId} failed, which was not sent; none of its results counts")]
    public static partial void StrangerFailed(this ILogger logger, string channel, string itemId, long submissionId);

    [LoggerMessage(5301, LogLevel.Warning, "{Work} of channel {Channel} failed; trying again")]
    public static partial void WorkFailed(this ILogger logger, string work, string channel, Exception fault);

    [LoggerMessage(5302, LogLevel.Information, "Deleted {MessageCount} messages of channel {Channel} that ended long ago")]
    public static partial void Swept(this ILogger logger, int messageCount, string channel);

    [LoggerMessage(5303, LogLevel.Information, "Operator {By} sent {RedrivenCount} failed messages of channel {Channel} again; {SupersededCount} had newer versions")]
    public static partial void Redriven(this ILogger logger, string by, int redrivenCount, string channel, int supersededCount);
}
