using Clutch.Client.Wire;

namespace Clutch.Server.Audit;

/// <summary>A change under way: whoever opened it says what came of it; who does not, because it threw, leaves it failed.</summary>
internal sealed class AuditEntry : IAsyncDisposable
{
    private readonly AuditLog _log;
    private readonly long _id;
    private AuditOutcome _outcome = AuditOutcome.Failed;
    private string? _after;

    private AuditEntry(AuditLog log, long id) => (_log, _id) = (log, id);

    /// <summary>Announces a change.</summary>
    public static async Task<AuditEntry> OpenAsync(AuditLog log, AuditedChange change, CancellationToken cancellationToken) =>
        new(log, await log.BeginAsync(change, cancellationToken));

    /// <summary>It was done.</summary>
    /// <param name="after">What is after, as JSON, or null.</param>
    public void Done(string? after = null) => (_outcome, _after) = (AuditOutcome.Done, after);

    /// <summary>It was refused, and nothing was changed.</summary>
    /// <param name="why">Why, as JSON, or null.</param>
    public void Refused(string? why = null) => (_outcome, _after) = (AuditOutcome.Refused, why);

    // The change is made: that the caller has gone away must not leave the entry open.
    public async ValueTask DisposeAsync() => await _log.EndAsync(_id, _outcome, _after, CancellationToken.None);
}
