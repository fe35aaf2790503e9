using System.Security.Cryptography;
using Clutch.Client.Wire;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Security;

/// <summary>Whether there are credentials at all, and whose a key is. What the database says is known for five seconds: a revoked key opens nothing after that.</summary>
internal sealed class Credentials(CredentialStore store, IOptions<ClutchServerOptions> options, TimeProvider timeProvider)
{
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private const string Prefix = "clutch";
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Dictionary<string, Caller> _configured = options.Value.ApiKeys.ToDictionary(
        key => Tokens.HashOf(key.Key), key => new Caller($"key:{key.Name}", key.Role), StringComparer.Ordinal);

    private Known? _known;

    /// <summary>Makes a key: its text is shown once and not kept.</summary>
    public static (ApiKey Key, string Text) CreateKey(string name, Role role)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var secret = Tokens.Create();
        return (new() { Id = id, Name = name, Role = role, SecretHash = Tokens.HashOf(secret) }, $"{Prefix}_{id}_{secret}");
    }

    /// <summary>Whether anybody can prove who they are: a key that is not revoked, or a person.</summary>
    public async ValueTask<bool> AnyAsync(CancellationToken cancellationToken) => _configured.Count > 0 || (await KnownAsync(cancellationToken)).Any;

    /// <summary>Who holds the key, or null.</summary>
    public async ValueTask<Caller?> FindAsync(string key, CancellationToken cancellationToken)
    {
        // Looked up by hash: how far a wrong key is right cannot be told by the time it takes.
        if (_configured.GetValueOrDefault(Tokens.HashOf(key)) is { } configured)
            return configured;
        if (key.Split('_', 3) is not [Prefix, var id, var secret])
            return null;
        var known = await KnownAsync(cancellationToken);
        return known.Keys.GetValueOrDefault(id) is { } found && CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.ASCII.GetBytes(found.SecretHash), System.Text.Encoding.ASCII.GetBytes(Tokens.HashOf(secret)))
            ? new($"key:{found.Name}", found.Role)
            : null;
    }

    private async ValueTask<Known> KnownAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
            return fresh;
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return Fresh() ?? (_known = await ReadAsync(cancellationToken));
        }
        finally
        {
            _reading.Release();
        }
    }

    private Known? Fresh() => _known is { } known && timeProvider.GetElapsedTime(known.ReadAt) < Freshness ? known : null;

    private async Task<Known> ReadAsync(CancellationToken cancellationToken)
    {
        var readAt = timeProvider.GetTimestamp();
        var keys = (await store.ListKeysAsync(cancellationToken)).Where(key => key.RevokedAt is null).ToDictionary(key => key.Id, StringComparer.Ordinal);
        var users = await store.ListUsersAsync(cancellationToken);
        return new(readAt, keys, keys.Count > 0 || users.Count > 0);
    }

    private sealed record Known(long ReadAt, IReadOnlyDictionary<string, ApiKey> Keys, bool Any);
}
