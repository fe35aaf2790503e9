using System.Data.Common;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Security;

/// <summary>A signed-in person.</summary>
internal sealed record Session(string UserName, Role Role, string CsrfToken, DateTimeOffset ExpiresAt);

/// <summary>Who is signed in; kept in the database, so that every process knows it and a restart signs nobody out.</summary>
internal sealed class Sessions(ServerDatabase database, IOptions<ClutchServerOptions> options)
{
    private const string Insert = """
        INSERT INTO clutch_session (id_hash, user_name, csrf_token, created_at, expires_at)
        VALUES (@id_hash, @user_name, @csrf_token, @now, @expires_at)
        """;

    private const string ById = """
        SELECT session.user_name, person.role, session.csrf_token, session.expires_at
        FROM clutch_session AS session
        JOIN clutch_user AS person ON person.name = session.user_name
        WHERE session.id_hash = @id_hash AND session.expires_at > @now
        """;

    private const string Delete = "DELETE FROM clutch_session WHERE id_hash = @id_hash";

    private const string Purge = "DELETE FROM clutch_session WHERE expires_at <= @now";

    /// <summary>Opens a session; answers it and the cookie's value.</summary>
    public async Task<(Session Session, string Cookie)> OpenAsync(User user, CancellationToken cancellationToken)
    {
        var cookie = Tokens.Create();
        var session = new Session(user.Name, user.Role, Tokens.Create(), database.TimeProvider.GetUtcNow() + options.Value.SignIn.SessionDuration);
        var insert = database.At(Insert)
            .With("id_hash", Tokens.HashOf(cookie))
            .With("user_name", user.Name)
            .With("csrf_token", session.CsrfToken)
            .With("expires_at", session.ExpiresAt);
        await database.ChangeAsync(insert, Rows.Affected, cancellationToken);
        return (session, cookie);
    }

    public ValueTask<Session?> FindAsync(string cookie, CancellationToken cancellationToken) =>
        database.QueryAsync(database.At(ById).With("id_hash", Tokens.HashOf(cookie)), Rows.First(Read), cancellationToken);

    public async Task EndAsync(string cookie, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(Delete).With("id_hash", Tokens.HashOf(cookie)), Rows.Affected, cancellationToken);

    public async Task PurgeAsync(CancellationToken cancellationToken) => await database.ChangeAsync(database.At(Purge), Rows.Affected, cancellationToken);

    private Session Read(DbDataReader row) =>
        new(row.GetString(0), Enum.Parse<Role>(row.GetString(1)), row.GetString(2), database.Database.ReadInstant(row, 3));
}
