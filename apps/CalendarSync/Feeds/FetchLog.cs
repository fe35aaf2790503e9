namespace CalendarSync.Feeds;

/// <summary>Log messages of fetching.</summary>
internal static partial class FetchLog
{
    [LoggerMessage(9251, LogLevel.Warning, "A fetch from {Host} failed in a way that is not foreseen; it counts as a broken connection")]
    public static partial void FetchFailed(this ILogger logger, string host, Exception fault);
}
