using System.Data.Common;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Security;

/// <summary>An API key as it is kept.</summary>
internal sealed record ApiKey
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required Role Role { get; init; }

    public required string SecretHash { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A person who may sign in.</summary>
internal sealed record User(string Name, Role Role, string PasswordHash);

/// <summary>API keys and people in the database.</summary>
internal sealed class CredentialStore(ServerDatabase database)
{
    private const string InsertKey = """
        INSERT INTO clutch_api_key (id, name, role, secret_hash, created_at)
        VALUES (@id, @name, @role, @secret_hash, @now)
        ON CONFLICT (name) DO NOTHING
        """;

    private const string Keys = "SELECT id, name, role, secret_hash, revoked_at FROM clutch_api_key ORDER BY name";

    private const string RevokeKey = "UPDATE clutch_api_key SET revoked_at = @now WHERE name = @name AND revoked_at IS NULL";

    private const string PutUser = """
        INSERT INTO clutch_user (name, role, password_hash, created_at)
        VALUES (@name, @role, @password_hash, @now)
        ON CONFLICT (name) DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash
        """;

    private const string Users = "SELECT name, role, password_hash FROM clutch_user ORDER BY name";

    private const string UserByName = "SELECT name, role, password_hash FROM clutch_user WHERE name = @name";

    private const string DeleteUser = "DELETE FROM clutch_user WHERE name = @name";

    // A new password ends the sessions that the old one opened.
    private const string EndSessions = "DELETE FROM clutch_session WHERE user_name = @name";

    /// <summary>Keeps a key; false where one of that name exists, revoked ones included, for the audit log knows it by its name.</summary>
    public async Task<bool> AddKeyAsync(ApiKey key, CancellationToken cancellationToken) =>
        await database.ChangeAsync(
            database.At(InsertKey).With("id", key.Id).With("name", key.Name).With("role", key.Role.ToString()).With("secret_hash", key.SecretHash),
            Rows.Affected, cancellationToken) == 1;

    public async Task<bool> RevokeKeyAsync(string name, CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.At(RevokeKey).With("name", name), Rows.Affected, cancellationToken) == 1;

    public ValueTask<IReadOnlyList<ApiKey>> ListKeysAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(Keys), Rows.All(ReadKey), cancellationToken);

    /// <summary>Adds a person, or gives one another role and password.</summary>
    public async Task PutUserAsync(User user, CancellationToken cancellationToken)
    {
        var put = database.At(PutUser).With("name", user.Name).With("role", user.Role.ToString()).With("password_hash", user.PasswordHash);
        await database.ChangeAsync(put, Rows.Affected, cancellationToken);
        await database.ChangeAsync(new Statement(EndSessions).With("name", user.Name), Rows.Affected, cancellationToken);
    }

    public async Task<bool> DeleteUserAsync(string name, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(DeleteUser).With("name", name), Rows.Affected, cancellationToken) > 0;

    public ValueTask<IReadOnlyList<User>> ListUsersAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(Users), Rows.All(ReadUser), cancellationToken);

    public ValueTask<User?> FindUserAsync(string name, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(UserByName).With("name", name), Rows.First(ReadUser), cancellationToken);

    private ApiKey ReadKey(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Name = row.GetString(1),
        Role = Enum.Parse<Role>(row.GetString(2)),
        SecretHash = row.GetString(3),
        RevokedAt = row.Instant(4, database.Database),
    };

    private static User ReadUser(DbDataReader row) => new(row.GetString(0), Enum.Parse<Role>(row.GetString(1)), row.GetString(2));
}
