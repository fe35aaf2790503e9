using CalendarSync.Feeds;
using CalendarSync.Storage;
using Clutch.Relational;

namespace CalendarSync.Subscriptions;

/// <summary>Subscriptions and the feeds behind them. Every statement names the owner; what is another's does not exist.</summary>
internal sealed class SubscriptionStore(RelationalDatabase database, TimeProvider clock)
{
    /// <summary>The most subscriptions a user may have.</summary>
    public const int MostSubscriptions = 100;

    /// <summary>Of a feed: whether somebody subscribes to it and has not paused it.</summary>
    public const string HasReaders = "EXISTS (SELECT 1 FROM calendar_subscription AS reader WHERE reader.feed_id = calendar_feed.id AND NOT reader.is_paused)";

    /// <summary>How long to wait between two looks out of turn at one feed.</summary>
    public static readonly TimeSpan SyncPause = TimeSpan.FromMinutes(5);

    private const string From = $"SELECT {Subscription.Columns} FROM calendar_subscription s JOIN calendar_feed f ON f.id = s.feed_id";

    // The idle update locks the feed: it cannot be deleted with its last subscription meanwhile.
    // A feed that failed answers again, for who subscribes has just looked: it is asked now and where people subscribed to it, not in a day, at another place or never.
    // The revision tells a check under way that its answer is too old: else it would write its own next_due_at over this one.
    // Where the user has too many, a feed that was new goes again. Who subscribes wakes a feed that all others have paused, and one who begins paused wakes none.
    private const string Insert = $"""
        INSERT INTO calendar_feed (url_key, url, host, created_at, next_due_at) VALUES (@key, @key, @host, @now, @now)
        ON CONFLICT (url_key) DO UPDATE SET url_key = excluded.url_key;
        UPDATE calendar_feed SET url = @key, host = @host, next_due_at = @now, revision = revision + 1 WHERE url_key = @key AND state IN ('failing', 'auth', 'blocked', 'gone');
        INSERT INTO calendar_subscription (user_id, feed_id, label, color, is_paused, created_at, updated_at)
        SELECT @user, id, @label, @color, @paused, @now, @now FROM calendar_feed
        WHERE url_key = @key AND (SELECT count(*) FROM calendar_subscription WHERE user_id = @user) < @most
        ON CONFLICT (user_id, feed_id) DO NOTHING
        RETURNING CAST(id AS TEXT);
        DELETE FROM calendar_feed WHERE url_key = @key AND NOT EXISTS (SELECT 1 FROM calendar_subscription s WHERE s.feed_id = calendar_feed.id);
        UPDATE calendar_feed SET next_due_at = CASE WHEN {HasReaders} THEN coalesce(next_due_at, @now) END WHERE url_key = @key AND state <> 'gone' AND (next_due_at IS NULL) = {HasReaders}
        """;

    // What nobody reads at the moment is not due: it would stand at the head of the index of due feeds, and every look would pass over it.
    private const string Park = $"UPDATE calendar_feed SET next_due_at = NULL WHERE id = @feed AND next_due_at IS NOT NULL AND NOT {HasReaders}";

    private const string Wake = $"UPDATE calendar_feed SET next_due_at = @now WHERE id = @feed AND next_due_at IS NULL AND state <> 'gone' AND {HasReaders}";

    private const string UpdateOne = """
        UPDATE calendar_subscription SET label = @label, color = @color, is_paused = @paused, updated_at = @now WHERE id = @id AND user_id = @user RETURNING CAST(id AS TEXT)
        """;

    // Locked first, as where a subscription ends: of two who pause at once the later sees that the other has.
    private const string PauseOne = $"""
        UPDATE calendar_feed SET url_key = url_key WHERE id = @feed;
        {UpdateOne};
        {Park};
        {Wake}
        """;

    // Locked first, in a statement of its own: only a later statement sees who subscribed while this one waited for the lock.
    private const string DeleteOne = $"""
        UPDATE calendar_feed SET url_key = url_key WHERE id = @feed;
        DELETE FROM calendar_subscription WHERE id = @id AND user_id = @user RETURNING CAST(id AS TEXT);
        DELETE FROM calendar_feed_event WHERE feed_id = @feed AND NOT EXISTS (SELECT 1 FROM calendar_subscription s WHERE s.feed_id = @feed);
        DELETE FROM calendar_feed WHERE id = @feed AND NOT EXISTS (SELECT 1 FROM calendar_subscription s WHERE s.feed_id = @feed);
        {Park}
        """;

    // Of a check under way the answer may be older than what somebody wants to see: the revision drops it, as above.
    private const string RequestSync = """
        UPDATE calendar_feed SET next_due_at = @now, requested_at = @now, revision = revision + 1
        WHERE id = (SELECT feed_id FROM calendar_subscription WHERE id = @id AND user_id = @user) AND (requested_at IS NULL OR requested_at <= @before)
        RETURNING CAST(id AS TEXT)
        """;

    /// <summary>The user's subscriptions, by id after <paramref name="after"/>.</summary>
    public ValueTask<IReadOnlyList<Subscription>> ListAsync(long userId, long after, int count, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement($"{From} WHERE s.user_id = @user AND s.id > @after ORDER BY s.id LIMIT @count").With("user", userId).With("after", after).With("count", count),
        Rows.All(Read),
        cancellationToken);

    /// <summary>How many subscriptions the user has.</summary>
    public async ValueTask<long> CountAsync(long userId, CancellationToken cancellationToken) => (await database.QueryAsync(
        new Statement("SELECT count(*) FROM calendar_subscription WHERE user_id = @user").With("user", userId), Rows.All(row => row.GetInt64(0)), cancellationToken))[0];

    /// <summary>One of the user's subscriptions, or null.</summary>
    public ValueTask<Subscription?> FindAsync(long userId, long id, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement($"{From} WHERE s.id = @id AND s.user_id = @user").With("id", id).With("user", userId), Rows.First(Read), cancellationToken);

    /// <summary>The user's subscription to an address, or null.</summary>
    public ValueTask<Subscription?> FindAsync(long userId, FeedAddress address, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement($"{From} WHERE s.user_id = @user AND f.url_key = @key").With("user", userId).With("key", address.Key), Rows.First(Read), cancellationToken);

    /// <summary>The name of a feed that is fetched already and goes well, empty where it has none; null when there is no such feed.</summary>
    public ValueTask<string?> FindGoodFeedAsync(FeedAddress address, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement("SELECT coalesce(display_name, '') FROM calendar_feed WHERE url_key = @key AND state IN ('ok', 'partial')").With("key", address.Key), Rows.Text, cancellationToken);

    /// <summary>Adds a subscription, and the feed where it is new, due at once; null when the user has it or <see cref="MostSubscriptions"/> already.</summary>
    public async Task<long?> AddAsync(long userId, FeedAddress address, string label, string color, bool isPaused, CancellationToken cancellationToken)
    {
        var id = await database.ChangePatientlyAsync(InsertOf(userId, address, label, color, isPaused, clock.GetStoredNow()), Rows.Text, cancellationToken);
        return id is null ? null : long.Parse(id, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Changes label, colour and pause; false when the user has it no more.</summary>
    public async Task<bool> UpdateAsync(long userId, Subscription known, string label, string color, bool isPaused, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(known);
        var update = new Statement(isPaused == known.IsPaused ? UpdateOne : PauseOne).With("id", known.Id).With("feed", known.FeedId).With("user", userId).With("label", label).With("color", color).With("paused", isPaused)
            .With("now", clock.GetStoredNow());
        return await database.ChangePatientlyAsync(update, Rows.Text, cancellationToken) is not null;
    }

    /// <summary>Ends a subscription; a feed that nobody reads goes with it.</summary>
    public async Task<bool> DeleteAsync(long userId, Subscription subscription, CancellationToken cancellationToken)
    {
        var delete = new Statement(DeleteOne).With("id", subscription.Id).With("user", userId).With("feed", subscription.FeedId);
        return await database.ChangePatientlyAsync(delete, Rows.Text, cancellationToken) is not null;
    }

    /// <summary>Makes the feed due now; false when somebody asked for it less than <see cref="SyncPause"/> ago.</summary>
    public async Task<bool> RequestSyncAsync(long userId, long id, CancellationToken cancellationToken)
    {
        var now = clock.GetStoredNow();
        var request = new Statement(RequestSync).With("id", id).With("user", userId).With("now", now).With("before", now - SyncPause);
        return await database.ChangePatientlyAsync(request, Rows.Text, cancellationToken) is not null;
    }

    /// <summary>The statements that subscribe.</summary>
    internal static Statement InsertOf(long userId, FeedAddress address, string label, string color, bool isPaused, DateTimeOffset now) =>
        new Statement(Insert).With("user", userId).With("key", address.Key).With("host", address.Host).With("label", label).With("color", color)
            .With("paused", isPaused).With("now", now).With("most", MostSubscriptions);

    private Subscription Read(System.Data.Common.DbDataReader row) => Subscription.Read(row, database);
}
