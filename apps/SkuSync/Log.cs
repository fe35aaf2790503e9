namespace SkuSync;

/// <summary>Every log message of SkuSync. Ids: 93xx extract, 94xx delivery.</summary>
internal static partial class Log
{
    [LoggerMessage(9301, LogLevel.Warning, "Run {RunId} ('{RunKey}') had not ended and gave way to run '{NewKey}'")]
    public static partial void RunSuperseded(this ILogger logger, long runId, string runKey, string newKey);

    [LoggerMessage(9302, LogLevel.Warning, "Run {RunId} deletes nothing, for its listing was not complete: {Gap}")]
    public static partial void ListingIncomplete(this ILogger logger, long runId, string gap);

    [LoggerMessage(9303, LogLevel.Error, "Run {RunId} wants to delete {DeleteCount} of {AliveCount} SKUs and waits for approval: 'SkuSync approve {RunId}' lets it")]
    public static partial void DeletionsHeld(this ILogger logger, long runId, long deleteCount, long aliveCount);

    [LoggerMessage(9304, LogLevel.Error, "Run {RunId} ended with errors: the data of {FailedCount} SKUs could not be had (table sync_gap); the next run asks again")]
    public static partial void RunHadErrors(this ILogger logger, long runId, long failedCount);

    [LoggerMessage(9305, LogLevel.Information, "{TombstoneCount} SKUs that were deleted long ago are forgotten")]
    public static partial void TombstonesForgotten(this ILogger logger, int tombstoneCount);

    [LoggerMessage(9401, LogLevel.Error, "Channel {ChannelName} takes nothing until a person acts: {Fault}")]
    public static partial void ChannelFaulted(this ILogger logger, string channelName, string fault);

    [LoggerMessage(9403, LogLevel.Warning, "The database is away and is asked again: {Fault}")]
    public static partial void DatabaseAway(this ILogger logger, string fault);

    [LoggerMessage(9402, LogLevel.Warning, "The clocks of the latest runs could not be set; they are set at the next look")]
    public static partial void ClocksNotSet(this ILogger logger, Exception fault);
}
