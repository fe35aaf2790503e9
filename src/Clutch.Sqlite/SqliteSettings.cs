using System.Globalization;

namespace Clutch.Sqlite;

/// <summary>What each connection is set to; all of it costs microseconds where it is so already.</summary>
internal static class SqliteSettings
{
    /// <summary>
    /// WAL lets readers and one writer work side by side and needs one write of the disk a commit; busy_timeout waits for writers of other processes; a cache of
    /// 8 MB keeps the inner pages of an index of some million rows, and each of the connections that work side by side has one (32 MB made P2s no faster and P7, c32, 50 MB larger); checkpoints of the WAL each 16 MB instead of 4 MB write a page that many chunks change less often.
    /// </summary>
    /// <param name="patience">How long to wait; infinite for ever.</param>
    public static string ForConnection(TimeSpan patience) => $"""
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA busy_timeout = {(patience == Timeout.InfiniteTimeSpan ? int.MaxValue : (int)patience.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)};
        PRAGMA foreign_keys = ON;
        PRAGMA cache_size = -8192;
        PRAGMA wal_autocheckpoint = 4000;
        """;
}
