using System.Data.Common;
using Clutch.Items;

namespace CalendarSync.Jobs;

/// <summary>The database refused data of a chunk; which feed's, the next attempt finds out.</summary>
internal sealed class RefusedDataException(Exception inner) : Exception($"The database refused data of a feed: {inner.Message}", inner)
{
    /// <summary>Whether a fault lies in the data of single feeds: not in the connection, the schema or the disk, which are nobody's data.</summary>
    public static bool IsRefusal(Exception fault) => fault switch
    {
        // Classes 22, 23 and 54: bad data, violated constraints, and what is larger than an index or a row may be.
        DbException { SqlState: { Length: 5 } state } => state[..2] is "22" or "23" or "54",
        ItemWriteException { InnerException: DbException { SqlState: not null } inner } => IsRefusal(inner),
        // SQLite has no such classes, but names the row only where the row is at fault.
        ItemWriteException => true,
        _ => false,
    };
}
