namespace CalendarSync.Jobs;

/// <summary>Log messages of the batch jobs.</summary>
internal static partial class Log
{
    [LoggerMessage(9201, LogLevel.Error, "The check of feed {FeedId} failed by a fault of ours")]
    public static partial void FeedCheckFailed(this ILogger logger, long feedId, Exception fault);

    [LoggerMessage(9202, LogLevel.Information, "Checked {FeedCount} feeds: {Updated} updated, {Unchanged} unchanged, {Failed} failed; {EventCount} events written, {DeletedCount} deleted")]
    public static partial void FeedsChecked(this ILogger logger, int feedCount, int updated, int unchanged, int failed, int eventCount, int deletedCount);

    [LoggerMessage(9203, LogLevel.Information, "{FeedCount} feeds were checked by another run or asked for anew meanwhile; nothing was written for them")]
    public static partial void FeedsCheckedElsewhere(this ILogger logger, int feedCount);

    [LoggerMessage(9204, LogLevel.Error, "Job {JobName} could not be launched")]
    public static partial void JobLaunchFailed(this ILogger logger, string jobName, Exception fault);

    [LoggerMessage(9205, LogLevel.Information, "Rendered {FeedCount} export feeds, {ChangedCount} with new content")]
    public static partial void ExportsRendered(this ILogger logger, int feedCount, int changedCount);
}
