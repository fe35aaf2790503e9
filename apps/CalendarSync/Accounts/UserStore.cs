using CalendarSync.Storage;
using Clutch.Relational;

namespace CalendarSync.Accounts;

/// <summary>Users and what they sign in with.</summary>
internal sealed class UserStore(RelationalDatabase database, TimeProvider clock)
{
    /// <summary>How long a browser stays signed in.</summary>
    public static readonly TimeSpan SessionDuration = TimeSpan.FromDays(30);

    /// <summary>The most tokens that a user may add to an account.</summary>
    public const int MostTokens = 100;

    private const string Insert = """
        INSERT INTO calendar_user (name, time_zone, is_admin, created_at) VALUES (@name, @zone, @admin, @now)
        ON CONFLICT (name) DO NOTHING RETURNING id
        """;

    private const string InsertCredential = """
        INSERT INTO calendar_credential (user_id, kind, secret_hash, label, created_at) VALUES (@user, 'token', @hash, @label, @now)
        """;

    private const string InsertToken = """
        INSERT INTO calendar_credential (user_id, kind, secret_hash, label, created_at)
        SELECT @user, 'token', @hash, @label, @now WHERE (SELECT count(*) FROM calendar_credential WHERE user_id = @user AND kind = 'token') < @most
        """;

    private const string InsertSession = """
        INSERT INTO calendar_credential (user_id, token_id, kind, secret_hash, label, created_at, expires_at)
        SELECT user_id, id, 'session', @hash, 'browser', @now, @expires FROM calendar_credential WHERE secret_hash = @token AND kind = 'token'
        """;

    private const string DeleteExpired = """
        DELETE FROM calendar_credential
        WHERE user_id = (SELECT user_id FROM calendar_credential WHERE secret_hash = @token AND kind = 'token') AND expires_at <= @now
        """;

    private const string FindBySecret = $"""
        SELECT {User.Columns} FROM calendar_credential c JOIN calendar_user u ON u.id = c.user_id
        WHERE c.secret_hash = @hash AND c.kind = @kind AND (c.expires_at IS NULL OR c.expires_at > @now)
        """;

    // The feeds that may go are locked first: a statement that waits for a lock does not see who subscribed meanwhile, a later one does.
    // By id, as the import locks them: two that wait for one another would be a deadlock.
    private const string LockOwnFeedsPostgreSql = """
        UPDATE calendar_feed SET url_key = url_key WHERE id IN (
            SELECT f.id FROM calendar_feed f WHERE NOT EXISTS (SELECT 1 FROM calendar_subscription s WHERE s.feed_id = f.id AND s.user_id <> @user)
            ORDER BY f.id FOR NO KEY UPDATE);
        """;

    private const string Delete = """
        DELETE FROM calendar_user WHERE id = @user RETURNING CAST(id AS TEXT);
        DELETE FROM calendar_feed_event
        WHERE feed_id IN (SELECT id FROM calendar_feed WHERE NOT EXISTS (SELECT 1 FROM calendar_subscription s WHERE s.feed_id = calendar_feed.id));
        DELETE FROM calendar_feed WHERE NOT EXISTS (SELECT 1 FROM calendar_subscription s WHERE s.feed_id = calendar_feed.id)
        """;

    /// <summary>Adds a user; null when the name is taken.</summary>
    public async Task<User?> CreateAsync(string name, string timeZone, bool isAdmin, CancellationToken cancellationToken)
    {
        var insert = new Statement(Insert).With("name", name).With("zone", timeZone).With("admin", isAdmin).With("now", clock.GetStoredNow());
        var user = await database.ChangeAsync(
            insert, Rows.First(row => new User { Id = row.GetInt64(0), Name = name, TimeZone = timeZone, IsAdmin = isAdmin }), cancellationToken);
        return user;
    }

    /// <summary>Gives a user one more token.</summary>
    public async Task<Secret> AddTokenAsync(long userId, string label, CancellationToken cancellationToken)
    {
        var secret = Secret.Create();
        var insert = new Statement(InsertCredential).With("user", userId).With("hash", secret.Hash).With("label", label).With("now", clock.GetStoredNow());
        await database.ChangeAsync(insert, Rows.Affected, cancellationToken);
        return secret;
    }

    /// <summary>Gives a user one more token at the user's own wish; null when the account has <see cref="MostTokens"/> already.</summary>
    public async Task<Secret?> AddOwnTokenAsync(long userId, string label, CancellationToken cancellationToken)
    {
        var secret = Secret.Create();
        var insert = new Statement(InsertToken).With("user", userId).With("hash", secret.Hash).With("label", label).With("now", clock.GetStoredNow()).With("most", MostTokens);
        return await database.ChangeAsync(insert, Rows.Affected, cancellationToken) > 0 ? secret : null;
    }

    /// <summary>Opens a browser's session with a token; it ends with the token at the latest. Null when the token is nobody's.</summary>
    public async Task<Secret?> OpenSessionAsync(string token, CancellationToken cancellationToken)
    {
        var (secret, presented, now) = (Secret.Create(), Secret.HashOf(token), clock.GetStoredNow());
        var insert = new Statement(InsertSession).With("token", presented).With("hash", secret.Hash).With("now", now).With("expires", now + SessionDuration);
        if (await database.ChangeAsync(insert, Rows.Affected, cancellationToken) == 0)
            return null;
        await database.ChangeAsync(new Statement(DeleteExpired).With("token", presented).With("now", now), Rows.Affected, cancellationToken);
        return secret;
    }

    /// <summary>Whose token it is; null when it is nobody's.</summary>
    public ValueTask<User?> FindByTokenAsync(string token, CancellationToken cancellationToken) => FindAsync("token", token, cancellationToken);

    /// <summary>Whose session it is; null when it is nobody's or over.</summary>
    public ValueTask<User?> FindBySessionAsync(string session, CancellationToken cancellationToken) => FindAsync("session", session, cancellationToken);

    /// <summary>Ends a session.</summary>
    public async Task CloseSessionAsync(string session, CancellationToken cancellationToken) => await database.ChangeAsync(
        new Statement("DELETE FROM calendar_credential WHERE kind = 'session' AND secret_hash = @hash").With("hash", Secret.HashOf(session)), Rows.Affected, cancellationToken);

    /// <summary>A user by name, or null.</summary>
    public ValueTask<User?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement($"SELECT {User.Columns} FROM calendar_user u WHERE u.name = @name").With("name", name), Rows.First(User.Read), cancellationToken);

    /// <summary>Users by id after <paramref name="after"/>.</summary>
    public ValueTask<IReadOnlyList<User>> ListAsync(long after, int count, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement($"SELECT {User.Columns} FROM calendar_user u WHERE u.id > @after ORDER BY u.id LIMIT @count").With("after", after).With("count", count),
        Rows.All(User.Read),
        cancellationToken);

    /// <summary>Changes a user's zone.</summary>
    public async Task SetTimeZoneAsync(long userId, string timeZone, CancellationToken cancellationToken) => await database.ChangeAsync(
        new Statement("UPDATE calendar_user SET time_zone = @zone WHERE id = @user").With("zone", timeZone).With("user", userId), Rows.Affected, cancellationToken);

    /// <summary>Ends an account: events, subscriptions, tokens and export feeds go with it, and feeds that nobody else reads.</summary>
    /// <returns>False when there is no such user.</returns>
    public async Task<bool> DeleteAsync(long userId, CancellationToken cancellationToken) =>
        await database.ChangePatientlyAsync(new Statement(database.Product == "Sqlite" ? Delete : LockOwnFeedsPostgreSql + Delete).With("user", userId), Rows.Text, cancellationToken) is not null;

    /// <summary>A user's tokens.</summary>
    public ValueTask<IReadOnlyList<Credential>> ListTokensAsync(long userId, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement("SELECT id, label, created_at FROM calendar_credential WHERE user_id = @user AND kind = 'token' ORDER BY id").With("user", userId),
        Rows.All(row => new Credential(row.GetInt64(0), row.GetString(1), database.ReadInstant(row, 2))),
        cancellationToken);

    /// <summary>Revokes a token of the user's own, with the sessions opened with it; false when there is none of that id.</summary>
    public async Task<bool> RevokeTokenAsync(long userId, long tokenId, CancellationToken cancellationToken) => await database.ChangeAsync(
        new Statement("DELETE FROM calendar_credential WHERE id = @id AND user_id = @user AND kind = 'token'").With("id", tokenId).With("user", userId),
        Rows.Affected,
        cancellationToken) > 0;

    private ValueTask<User?> FindAsync(string kind, string presented, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(FindBySecret).With("hash", Secret.HashOf(presented)).With("kind", kind).With("now", clock.GetStoredNow()), Rows.First(User.Read), cancellationToken);
}
