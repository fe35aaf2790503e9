using Clutch.Relational;
using Clutch.Repository;
using Clutch.Server.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Security;

/// <summary>The names and the path of the server's cookies.</summary>
/// <remarks>Browsers send a host's cookies to all its ports (RFC 6265, 8.5): what means something for one database only has a mark of that database in its name, so that a second server on the host signs nobody out of the first.</remarks>
internal sealed class ServerCookies(ServerDatabase database, IOptions<ClutchServerOptions> options)
{
    private const string RepositoryId = "SELECT id FROM clutch_repository";

    private string? _mark;

    /// <summary>The cookie that holds who is signed in.</summary>
    public async ValueTask<string> GetSessionNameAsync(CancellationToken cancellationToken) => $"clutch_session_{await GetMarkAsync(cancellationToken)}";

    /// <summary>The cookie that holds up to which failure a reader has seen everything.</summary>
    public async ValueTask<string> GetSeenNameAsync(CancellationToken cancellationToken) => $"clutch_seen_{await GetMarkAsync(cancellationToken)}";

    /// <summary>The path that the server lies under.</summary>
    public string PathFor(HttpContext context) => context.Request.PathBase.Add(options.Value.PathPrefix) is { HasValue: true } path ? path.ToUriComponent() : "/";

    // Two that ask at once get the same.
    private async ValueTask<string> GetMarkAsync(CancellationToken cancellationToken) => _mark ??=
        Tokens.HashOf(await database.QueryAsync(new Statement(RepositoryId), Rows.Text, cancellationToken)
            ?? throw new RepositoryException($"{database.Database.Description} has lost the row in 'clutch_repository'. Restore it from a backup."))[..8];
}
