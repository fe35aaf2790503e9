using Clutch.Launching;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts;

/// <summary>The right to look at the rules: one process at a time has it.</summary>
internal sealed class AlertLease(ServerDatabase database, NodeIdentity node, IOptions<ClutchServerOptions> options)
{
    private const string Name = "alerts";
    private const string Keep = "UPDATE clutch_server_lease SET done_at = CASE WHEN @is_whole THEN @now ELSE done_at END WHERE name = @name AND owner = @owner";
    // The row stays: it tells when somebody last looked.
    private const string Give = "UPDATE clutch_server_lease SET owner = '', expires_at = @past WHERE name = @name AND owner = @owner";

    // Two servers of one process are two owners.
    private readonly string _owner = $"{node.Name}/{Guid.CreateVersion7():N}";

    // Two looks may be missed before another process takes over.
    private TimeSpan Duration => options.Value.Alerts.Interval * 3;

    /// <summary>Takes or renews it; false where another process has it.</summary>
    public async Task<bool> TakeAsync(CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.At(database.Sql.TakeLease).With("name", Name).With("owner", _owner).With("lease", Duration), Rows.Text, cancellationToken) is not null;

    /// <summary>False where another process had it since it was taken. Until the transaction's end nobody else gets it.</summary>
    /// <param name="session">The look's transaction.</param>
    /// <param name="isWhole">Whether each rule answered.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<bool> KeepAsync(RelationalSession session, bool isWhole, CancellationToken cancellationToken) =>
        await session.RunAsync(database.At(Keep).With("name", Name).With("owner", _owner).With("is_whole", isWhole), Rows.Affected, cancellationToken) == 1;

    /// <summary>Leaves it to others at once.</summary>
    public async Task GiveAsync(CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(Give).With("past", DateTimeOffset.UnixEpoch).With("name", Name).With("owner", _owner), Rows.Affected, cancellationToken);

    /// <summary>When any process last looked at all rules, by the clock of that process, or null where none has.</summary>
    public async Task<DateTimeOffset?> LastLookAtAsync(CancellationToken cancellationToken) => (await database.QueryAsync(
        new Statement("SELECT done_at FROM clutch_server_lease WHERE name = @name").With("name", Name), Rows.All(row => row.Instant(0, database.Database)), cancellationToken)).FirstOrDefault();
}
