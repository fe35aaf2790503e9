using Clutch.Relational.Tables;

namespace CalendarSync.Storage;

/// <summary>Names an event's row.</summary>
internal sealed record EventRowKey(long FeedId, string Uid, string Instance)
{
    /// <summary>For bulk deletes.</summary>
    public static readonly TableMap<EventRowKey> Table = TableMap.ByConvention<EventRowKey>("calendar_feed_event", key => new { key.FeedId, key.Uid, key.Instance });
}

/// <summary>An event that came back under another UID with all else unchanged: its row keeps its id.</summary>
internal sealed record RenamedEvent(long Id, string Uid, string ContentHash, string Component)
{
    /// <summary>For bulk updates by id.</summary>
    public static readonly TableMap<RenamedEvent> Table = TableMap.ByConvention<RenamedEvent>("calendar_feed_event", renamed => renamed.Id);
}
