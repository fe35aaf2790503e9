using System.Collections.Concurrent;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>The submissions a relay is sending, or whose operations a poller asks for: their leases are renewed together, at a third of their length, so that two renewals may be lost.</summary>
internal sealed class HeldLeases(OutboxStore store, Channel channel, string owner, TimeProvider timeProvider, ILogger logger)
{
    private readonly ConcurrentDictionary<long, long> _held = new();

    public string Owner => owner;

    public void Add(SubmissionFacts facts) => _held[facts.Id] = facts.Fence;

    public void Remove(SubmissionFacts facts) => _held.TryRemove(new KeyValuePair<long, long>(facts.Id, facts.Fence));

    /// <summary>Renews until cancelled.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(channel.Options.LeaseDuration / 3, timeProvider, cancellationToken);
                await RenewHeldAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Two more chances before another process takes over; and then the fence keeps us harmless.
                logger.WorkFailed("Renewing leases", channel.Name, fault);
            }
        }
    }

    private async ValueTask RenewHeldAsync(CancellationToken cancellationToken)
    {
        // In one order, as whoever settles them locks their rows.
        var held = _held.OrderBy(static entry => entry.Key).Select(static entry => new HeldLease(entry.Key, entry.Value)).ToArray();
        if (held.Length > 0)
            await store.RenewAsync(held, channel.Options.LeaseDuration, owner, cancellationToken);
    }
}
