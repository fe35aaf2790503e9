using CalendarSync.Accounts;
using Clutch.Relational;

namespace CalendarSync.Exports;

/// <summary>What a presented token leads to.</summary>
/// <param name="Id">The export feed.</param>
/// <param name="ETag">Of the rendered bytes; null before the first rendering.</param>
/// <param name="LastModified">When they last changed.</param>
internal sealed record ServedFeed(long Id, string? ETag, DateTimeOffset LastModified);

/// <summary>The bytes of a feed and what they are known by.</summary>
internal sealed record ServedContent(string ETag, DateTimeOffset LastModified, byte[] Bytes);

/// <summary>Finds feeds for those who read them: by the hash of the token, the same work whether there is one or not.</summary>
internal sealed class ServedFeeds(RelationalDatabase database)
{
    private const string Find = """
        SELECT f.id, c.etag, c.last_modified FROM calendar_export_feed f LEFT JOIN calendar_export_content c ON c.export_feed_id = f.id WHERE f.token_hash = @hash
        """;

    private const string ReadPlain = "SELECT etag, last_modified, body FROM calendar_export_content WHERE export_feed_id = @id";

    private const string ReadGzip = "SELECT etag, last_modified, body_gzip FROM calendar_export_content WHERE export_feed_id = @id";

    /// <summary>The feed of a token, or null.</summary>
    public ValueTask<ServedFeed?> FindAsync(string token, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(Find).With("hash", Secret.HashOf(token)),
        Rows.First(row => row.IsDBNull(1) ? new ServedFeed(row.GetInt64(0), null, default) : new(row.GetInt64(0), row.GetString(1), database.ReadInstant(row, 2))),
        cancellationToken);

    /// <summary>Its bytes, or null when it was revoked since.</summary>
    public ValueTask<ServedContent?> ReadAsync(long id, FeedCoding coding, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(coding == FeedCoding.Gzip ? ReadGzip : ReadPlain).With("id", id),
        Rows.First(row => new ServedContent(row.GetString(0), database.ReadInstant(row, 1), row.GetFieldValue<byte[]>(2))),
        cancellationToken);
}
