using CalendarSync.Accounts;
using CalendarSync.Events;
using CalendarSync.Storage;
using Clutch.Relational;

namespace CalendarSync.Exports;

/// <summary>A user's export feeds: secret addresses under which programs read the user's own events.</summary>
internal sealed class ExportFeeds(RelationalDatabase database, TimeProvider clock)
{
    /// <summary>The most export feeds a user may have.</summary>
    public const int MostFeeds = 20;

    // Some milliseconds; the most events that a user may have take seconds, and hundreds of megabytes.
    private const int MostRenderedAtOnce = 500;

    private const string Insert = """
        INSERT INTO calendar_export_feed (user_id, label, token_hash, created_at)
        SELECT @user, @label, @hash, @now WHERE (SELECT count(*) FROM calendar_export_feed WHERE user_id = @user) < @most
        RETURNING CAST(id AS TEXT)
        """;

    private const string List = """
        SELECT f.id, f.label, f.created_at, f.rotated_at, c.last_modified, c.event_count
        FROM calendar_export_feed f LEFT JOIN calendar_export_content c ON c.export_feed_id = f.id
        WHERE f.user_id = @user ORDER BY f.id
        """;

    private const string Dirty = "SELECT id, user_id, label, wanted_version FROM calendar_export_feed WHERE id = @id AND rendered_version < wanted_version";

    private const string PendingIds = "SELECT id FROM calendar_export_feed WHERE user_id = @user AND rendered_version < wanted_version";

    private const string RotateOne = """
        UPDATE calendar_export_feed SET token_hash = @hash, rotated_at = @now WHERE id = @id AND user_id = @user RETURNING CAST(id AS TEXT)
        """;

    private const string RevokeOne = "DELETE FROM calendar_export_feed WHERE id = @id AND user_id = @user RETURNING CAST(id AS TEXT)";

    /// <summary>The user's feeds.</summary>
    public async Task<IReadOnlyList<ExportFeed>> ListAsync(long userId, CancellationToken cancellationToken)
    {
        var pending = await database.QueryAsync(new Statement(PendingIds).With("user", userId), Rows.All(row => row.GetInt64(0)), cancellationToken);
        return await database.QueryAsync(new Statement(List).With("user", userId), Rows.All(row => Read(row, pending)), cancellationToken);
    }

    /// <summary>Opens a feed and renders it at once where that is soon done, so that its address works from the first moment; a large one is left to the job.</summary>
    /// <returns>Its id and its secret, which nobody can show again; null when the user has <see cref="MostFeeds"/> already.</returns>
    public async Task<(long Id, Secret Secret)?> CreateAsync(long userId, string label, CancellationToken cancellationToken)
    {
        var secret = Secret.Create();
        var insert = new Statement(Insert).With("user", userId).With("label", label).With("hash", secret.Hash).With("now", clock.GetStoredNow()).With("most", MostFeeds);
        if (await database.ChangeAsync(insert, Rows.Text, cancellationToken) is not { } text)
            return null;
        var id = long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        await RenderAsync(id, cancellationToken);
        return (id, secret);
    }

    /// <summary>Gives a feed a new address; the old one answers 404 from now on. Null when the user has none of that id.</summary>
    public async Task<Secret?> RotateAsync(long userId, long id, CancellationToken cancellationToken)
    {
        var secret = Secret.Create();
        var rotate = new Statement(RotateOne).With("id", id).With("user", userId).With("hash", secret.Hash).With("now", clock.GetStoredNow());
        return await database.ChangeAsync(rotate, Rows.Text, cancellationToken) is null ? null : secret;
    }

    /// <summary>Closes a feed; false when the user has none of that id.</summary>
    public async Task<bool> RevokeAsync(long userId, long id, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(RevokeOne).With("id", id).With("user", userId), Rows.Text, cancellationToken) is not null;

    private async Task RenderAsync(long id, CancellationToken cancellationToken)
    {
        if (await database.QueryAsync(new Statement(Dirty).With("id", id), Rows.First(ExportStore.ReadDirty), cancellationToken) is not { } feed)
            return;
        var events = await database.QueryAsync(ExportStore.EventsOf(feed.UserId, MostRenderedAtOnce + 1), Rows.All(row => OwnEvent.Read(row, database)), cancellationToken);
        if (events.Count > MostRenderedAtOnce)
            return;
        var document = ExportRenderer.Render(feed.Label, events);
        await database.ChangeAsync(ExportStore.Publish(database, feed, document, clock.GetStoredNow()), Rows.Affected, cancellationToken);
    }

    private ExportFeed Read(System.Data.Common.DbDataReader row, IReadOnlyList<long> pending) => new()
    {
        Id = row.GetInt64(0),
        Label = row.GetString(1),
        CreatedAt = database.ReadInstant(row, 2),
        RotatedAt = row.IsDBNull(3) ? null : database.ReadInstant(row, 3),
        ChangedAt = row.IsDBNull(4) ? null : database.ReadInstant(row, 4),
        EventCount = row.IsDBNull(5) ? 0 : row.GetInt32(5),
        IsPending = pending.Contains(row.GetInt64(0)),
    };
}
