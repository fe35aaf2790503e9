using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Server.Alerts.Delivery;

namespace Clutch.Server.Alerts;

/// <summary>Alerts for endpoints and pages alike.</summary>
internal sealed class AlertQueries(AlertStore alerts, SilenceStore silences, AlertOutbox outbox, TimeProvider timeProvider)
{
    public IReadOnlyList<AlertTargetView> Targets => [.. outbox.Targets.Select(target => new AlertTargetView(target.Name, target.Kind))];

    /// <summary>A page, newest first.</summary>
    public async Task<Page<AlertView>> ListAsync(AlertListQuery query, CancellationToken cancellationToken)
    {
        var limit = query.Limit ?? 50;
        var found = await alerts.ListAsync(query, limit + 1, cancellationToken);
        var silenced = await SilencesAsync(cancellationToken);
        var shown = found.Take(limit).Select(row => With(row.View, silenced)).ToList();
        return new(shown, found.Count > limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>The alert, or null.</summary>
    public async Task<AlertView?> FindAsync(long id, CancellationToken cancellationToken) =>
        await alerts.FindAsync(id, cancellationToken) is { } row ? With(row.View, await SilencesAsync(cancellationToken)) : null;

    /// <summary>The alert with what was sent of it, or null.</summary>
    public async Task<AlertDetails?> FindDetailsAsync(long id, CancellationToken cancellationToken)
    {
        if (await alerts.FindAsync(id, cancellationToken) is not { } row)
            return null;
        return new()
        {
            Alert = With(row.View, await SilencesAsync(cancellationToken)),
            Deliveries = row.Thread is { } thread ? await outbox.ListAsync(AlertOutbox.KeyOf(thread), cancellationToken) : [],
        };
    }

    public Task<IReadOnlyList<AlertDeliveryView>> ListTestAsync(string test, CancellationToken cancellationToken) => outbox.ListAsync(AlertOutbox.KeyOfTest(test), cancellationToken);

    public Task<IReadOnlyList<AlertSilenceView>> ListSilencesAsync(CancellationToken cancellationToken) => silences.ListAsync(timeProvider.GetUtcNow(), cancellationToken);

    public Task<long> CountLiveAsync(CancellationToken cancellationToken) => alerts.CountLiveAsync(cancellationToken);

    private async Task<Silences> SilencesAsync(CancellationToken cancellationToken) => new(await ListSilencesAsync(cancellationToken), timeProvider.GetUtcNow());

    private static AlertView With(AlertView alert, Silences silenced) =>
        alert.State is AlertState.Resolved ? alert : alert with { SilencedUntil = silenced.EndOf(alert.Id, alert.Rule, alert.Job) };
}
