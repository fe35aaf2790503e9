using System.Data.Common;
using CalendarSync.Feeds;
using CalendarSync.Storage;
using CalendarSync.Subscriptions;
using Clutch.Relational;

namespace CalendarSync.Jobs;

/// <summary>A feed that is due.</summary>
/// <param name="Url">Its address in normal form, with credentials.</param>
/// <param name="Feed">What is known of it.</param>
internal sealed record DueFeed(string Url, FeedRecord Feed)
{
    /// <summary>A feed is fetched for those who subscribe to it and have not paused it.</summary>
    public const string HasReaders = SubscriptionStore.HasReaders;

    /// <summary>Somebody waits for it: it is new, or was asked for since its last check.</summary>
    public const string IsWanted = "(checked_at IS NULL OR requested_at > checked_at)";

    /// <summary>The columns, in the order in which <see cref="Read"/> takes them.</summary>
    public static readonly IReadOnlyList<string> Columns = [.. FeedRecord.Columns, "url"];

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static DueFeed Read(DbDataReader row, RelationalDatabase database) => new(row.GetString(FeedRecord.Columns.Count), FeedRecord.Read(row, database));
}

/// <summary>A feed that was checked: what to write.</summary>
/// <param name="Before">The feed as it was read: with another revision somebody else has checked it or asked for a new check meanwhile, and nothing is written.</param>
/// <param name="Feed">The feed as it is to be.</param>
/// <param name="Changes">What to do to its events and time zones, or null: nothing.</param>
/// <param name="MovedTo">Its new address, or null.</param>
internal sealed record FeedSync(FeedRecord Before, FeedRecord Feed, FeedChanges? Changes, FeedAddress? MovedTo);
