using Clutch.Launching;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts;

/// <summary>The right to look at the rules: one process at a time has it.</summary>
internal sealed class AlertLease(ServerDatabase database, NodeIdentity node, IOptions<ClutchServerOptions> options)
{
    private const string Name = "alerts";
    private const string Keep = "UPDATE clutch_server_lease SET owner = owner WHERE name = @name AND owner = @owner";
    private const string Give = "DELETE FROM clutch_server_lease WHERE name = @name AND owner = @owner";

    // Two servers of one process are two owners.
    private readonly string _owner = $"{node.Name}/{Guid.CreateVersion7():N}";

    // Two looks may be missed before another process takes over.
    private TimeSpan Duration => options.Value.Alerts.Interval * 3;

    /// <summary>Takes or renews it; false where another process has it.</summary>
    public async Task<bool> TakeAsync(CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.At(database.Sql.TakeLease).With("name", Name).With("owner", _owner).With("lease", Duration), Rows.Text, cancellationToken) is not null;

    /// <summary>False where another process had it since it was taken. Until the transaction's end nobody else gets it.</summary>
    public async Task<bool> KeepAsync(RelationalSession session, CancellationToken cancellationToken) =>
        await session.RunAsync(new Statement(Keep).With("name", Name).With("owner", _owner), Rows.Affected, cancellationToken) == 1;

    /// <summary>Leaves it to others at once.</summary>
    public async Task GiveAsync(CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(Give).With("name", Name).With("owner", _owner), Rows.Affected, cancellationToken);
}
