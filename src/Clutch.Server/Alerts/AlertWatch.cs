using System.Globalization;
using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts;

/// <summary>Who watches the watchman: whether alerts are looked for and sent, in whichever process. Something outside asks, for alerts cannot tell of their own end.</summary>
internal sealed class AlertWatch(AlertLease lease, AlertOutbox outbox, ServerDatabase database, IOptions<ClutchServerOptions> options)
{
    // A target that is down for a moment, or a deployment, is nobody's business yet.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMinutes(1);

    // Two looks may be missed before another process takes over, and that one may miss as many.
    private TimeSpan Patience => options.Value.Alerts.Interval * 6 is var patience && patience > LeastPatience ? patience : LeastPatience;

    /// <summary>What is wrong, in a few words, or null.</summary>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        if (await lease.LastLookAtAsync(cancellationToken) is not { } lastLookAt)
            return "nobody has looked at all rules yet";
        var now = database.TimeProvider.GetUtcNow();
        var silence = now - lastLookAt;
        if (silence > Patience)
            return string.Create(CultureInfo.InvariantCulture, $"nobody has looked at all rules for {silence.TotalSeconds:0} s");
        var wait = now - await outbox.WaitingSinceAsync(cancellationToken);
        return wait is { } waited && waited > LongestWait ? string.Create(CultureInfo.InvariantCulture, $"a message has waited for {waited.TotalSeconds:0} s") : null;
    }
}
