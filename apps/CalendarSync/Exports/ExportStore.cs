using CalendarSync.Events;
using Clutch.Relational;

namespace CalendarSync.Exports;

/// <summary>What rendering an export feed reads and writes.</summary>
internal static class ExportStore
{
    /// <summary>Which export feeds to render: those with a newer version wanted, but for one that failed with just this version after <c>@before</c>.</summary>
    public const string IsDue = "rendered_version < wanted_version AND (failed_version IS NULL OR failed_version < wanted_version OR failed_at <= @before)";

    /// <summary>How long a version that could not be rendered is left alone.</summary>
    public static readonly TimeSpan FailurePause = TimeSpan.FromHours(1);

    private const string NoteFailure = "UPDATE calendar_export_feed SET failed_version = @version, failed_at = @now WHERE id = @id";

    private const string ListDirty = """
        SELECT id, user_id, label, wanted_version FROM calendar_export_feed
        WHERE rendered_version < wanted_version AND id > @after ORDER BY id LIMIT @count
        """;

    private const string ListEvents = $"""
        SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id = @user ORDER BY uid LIMIT @most
        """;

    // Last-Modified counts seconds: a second change within one gets the next, so that If-Modified-Since never hides it.
    // The lock makes one wait for another that publishes the same feed, and look at its version then: without it the older could come last.
    private const string PostgreSqlPublish = """
        INSERT INTO calendar_export_content (export_feed_id, body, body_gzip, etag, last_modified, event_count)
        SELECT id, @body, @gzip, @etag, @now, @count FROM calendar_export_feed WHERE id = @id AND rendered_version < @version
        FOR UPDATE
        ON CONFLICT (export_feed_id) DO UPDATE SET
            body = excluded.body, body_gzip = excluded.body_gzip, etag = excluded.etag, event_count = excluded.event_count,
            last_modified = greatest(excluded.last_modified, calendar_export_content.last_modified + interval '1 second')
        WHERE calendar_export_content.etag <> excluded.etag;
        UPDATE calendar_export_feed SET rendered_version = @version WHERE id = @id AND rendered_version < @version
        """;

    private const string SqlitePublish = """
        INSERT INTO calendar_export_content (export_feed_id, body, body_gzip, etag, last_modified, event_count)
        SELECT id, @body, @gzip, @etag, @now, @count FROM calendar_export_feed WHERE id = @id AND rendered_version < @version
        ON CONFLICT (export_feed_id) DO UPDATE SET
            body = excluded.body, body_gzip = excluded.body_gzip, etag = excluded.etag, event_count = excluded.event_count,
            last_modified = max(excluded.last_modified, calendar_export_content.last_modified + 1000)
        WHERE calendar_export_content.etag <> excluded.etag;
        UPDATE calendar_export_feed SET rendered_version = @version WHERE id = @id AND rendered_version < @version
        """;

    /// <summary>Feeds to render, by id from <paramref name="after"/> on: the index of dirty feeds, never a scan of all.</summary>
    public static Statement DirtyAfter(long after, int count) => new Statement(ListDirty).With("after", after).With("count", count);

    /// <summary>A row of <see cref="DirtyAfter"/>.</summary>
    public static DirtyExport ReadDirty(System.Data.Common.DbDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3));

    /// <summary>The own events of a user, so many at most; read them after the version, so that what is rendered is never older than what is recorded.</summary>
    public static Statement EventsOf(long userId, int most = int.MaxValue) => new Statement(ListEvents).With("user", userId).With("most", most);

    /// <summary>Remembers that a feed could not be rendered, or its job would begin anew at each tick.</summary>
    public static Statement Failed(DirtyExport feed, DateTimeOffset now) => new Statement(NoteFailure).With("id", feed.Id).With("version", feed.WantedVersion).With("now", now);

    /// <summary>Publishes a rendering: readers see the old bytes or the new, and an older rendering never replaces a newer one.</summary>
    /// <remarks>Equal bytes are not written again. Last-Modified moves whenever the bytes change, also when an event was deleted.</remarks>
    public static Statement Publish(RelationalDatabase database, DirtyExport feed, ExportDocument document, DateTimeOffset now) =>
        new Statement(database.Product == "Sqlite" ? SqlitePublish : PostgreSqlPublish)
            .With("id", feed.Id).With("version", feed.WantedVersion).With("body", document.Body).With("gzip", document.Gzip)
            .With("etag", document.ETag).With("count", document.EventCount).With("now", DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
}
