using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Clutch.Outbox.Administration;

namespace Clutch.Outbox.Telemetry;

/// <summary>The outbox's meter and activity source, both named <c>Clutch.Outbox</c>. Each instrument has a row in docs/reference/telemetry.md.</summary>
internal static class OutboxMetrics
{
    public const string Name = "Clutch.Outbox";

    private const string Channel = "clutch.outbox.channel";
    private const string Outcome = "clutch.outbox.outcome";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> EnqueuedCount = Meter.CreateCounter<long>("clutch.outbox.enqueued", "{message}", "Messages that entered.");
    private static readonly Counter<long> CoalescedCount = Meter.CreateCounter<long>("clutch.outbox.coalesced", "{message}", "Messages superseded before they were sent.");
    private static readonly Histogram<double> ClaimDuration = Meter.CreateHistogram<double>("clutch.outbox.claim.duration", "s", "How long claims took.");
    private static readonly Histogram<long> ClaimSize = Meter.CreateHistogram<long>("clutch.outbox.claim.size", "{message}", "Messages of a submission.");
    private static readonly Histogram<double> SubmitDuration = Meter.CreateHistogram<double>("clutch.outbox.submit.duration", "s", "How long requests took.");
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("clutch.outbox.ended", "{message}", "Messages that ended, by outcome.");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("clutch.outbox.retry", "{submission}", "Submissions that go round again, by reason.");
    private static readonly Counter<double> ThrottledTime = Meter.CreateCounter<double>("clutch.outbox.throttled.time", "s", "Time that targets asked to wait.");
    private static readonly Counter<long> Polls = Meter.CreateCounter<long>("clutch.outbox.operation.polls", "{operation}", "Operations asked for.");
    private static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>("clutch.outbox.operation.duration", "s", "From acceptance to the known end.");
    private static readonly Counter<long> LeasesExpired = Meter.CreateCounter<long>("clutch.outbox.lease.expired", "{submission}", "Submissions taken over from a process that gave no sign of life.");
    private static readonly Counter<long> FencesRejected = Meter.CreateCounter<long>("clutch.outbox.fence.rejected", "{submission}", "Steps refused because another process had taken over.");
    private static readonly Counter<long> LostStatuses = Meter.CreateCounter<long>("clutch.outbox.lost_status", "{submission}", "Operations the target forgot.");
    private static readonly Counter<long> Dead = Meter.CreateCounter<long>("clutch.outbox.dead", "{message}", "Messages that failed for good.");
    private static readonly Counter<long> RedrivenCount = Meter.CreateCounter<long>("clutch.outbox.redriven", "{message}", "Failed messages sent again by an operator.");
    private static readonly Counter<long> Faults = Meter.CreateCounter<long>("clutch.outbox.channel.faults", "{fault}", "Stops of a channel until a person acts.");
    private static readonly Counter<long> Breakers = Meter.CreateCounter<long>("clutch.outbox.breaker.opened", "{group}", "Groups that rest because the target refuses them.");

    private static readonly Histogram<double> EndToEnd = Meter.CreateHistogram<double>("clutch.outbox.end_to_end.duration", "s", "From the enqueue of a submission's oldest message to its known end.");

    private static readonly Counter<long> Duplicates = Meter.CreateCounter<long>("clutch.outbox.duplicate.replayed", "{submission}", "Submissions that the target took when they were sent once more.");

    private static readonly ConcurrentDictionary<(string Channel, string Group), long> RestingUntil = new();
    private static readonly ConcurrentDictionary<string, int> Limits = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, double> OldestTransactions = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, ChannelStatistics> Latest = new(StringComparer.Ordinal);

    private static readonly ObservableGauge<long> Backlog = Meter.CreateObservableGauge("clutch.outbox.backlog", ObserveBacklog, "{message}", "Messages by status.");

    static OutboxMetrics()
    {
        Meter.CreateObservableGauge("clutch.outbox.oldest_pending.age", static () => Observe(static standing => standing.OldestPendingAge.TotalSeconds), "s", "How long the oldest due message, or the oldest submission that is not accepted yet, waits.");
        Meter.CreateObservableGauge(
            "clutch.outbox.database.oldest_transaction.age", static () => OldestTransactions.Select(static age => new Measurement<double>(age.Value, Of(age.Key))), "s",
            "How long ago the oldest transaction of the outbox's PostgreSQL database began.");
        Meter.CreateObservableGauge("clutch.outbox.limiter.current", static () => Limits.Select(static limit => new Measurement<long>(limit.Value, Of(limit.Key))), "{request}", "Requests allowed at once.");
        Meter.CreateObservableGauge("clutch.outbox.breaker.open", ObserveBreakers, "{group}", "Groups that this process lets rest because the target refuses them.");
        Meter.CreateObservableGauge("clutch.outbox.operation.inflight", static () => Observe(static standing => standing.OperationCount), "{operation}", "Operations the target works on.");
        Meter.CreateObservableGauge("clutch.outbox.operation.oldest.age", static () => Observe(static standing => standing.OldestOperationAge.TotalSeconds), "s", "How long the oldest of them has been running.");
    }

    public static ActivitySource Activities { get; } = new(Name);

    public static void Enqueued(string channel, EnqueueResult result)
    {
        EnqueuedCount.Add(result.AddedCount, Of(channel));
        if (result.CoalescedCount > 0)
            CoalescedCount.Add(result.CoalescedCount, Of(channel));
    }

    public static void Claimed(string channel, int size, TimeSpan duration)
    {
        ClaimDuration.Record(duration.TotalSeconds, Of(channel));
        ClaimSize.Record(size, Of(channel));
    }

    public static void Submitted(string channel, string outcome, TimeSpan duration) => SubmitDuration.Record(duration.TotalSeconds, Of(channel), new(Outcome, outcome));

    public static void MessagesEnded(string channel, string outcome, long count)
    {
        if (count > 0)
            Ended.Add(count, Of(channel), new(Outcome, outcome));
    }

    public static void Died(string channel, FailureKind kind, long count) => Dead.Add(count, Of(channel), new("clutch.outbox.failure", kind.ToString()));

    public static void EndedAfter(string channel, TimeSpan duration) => EndToEnd.Record(duration.TotalSeconds, Of(channel));

    public static void Limited(string channel, int limit) => Limits[channel] = limit;

    public static void Retried(string channel, string reason) => Retries.Add(1, Of(channel), new("clutch.outbox.reason", reason));

    public static void Throttled(string channel, TimeSpan wait) => ThrottledTime.Add(wait.TotalSeconds, Of(channel));

    public static void Polled(string channel, int count) => Polls.Add(count, Of(channel));

    public static void OperationEnded(string channel, TimeSpan duration) => OperationDuration.Record(duration.TotalSeconds, Of(channel));

    public static void LeaseExpired(string channel) => LeasesExpired.Add(1, Of(channel));

    public static void FenceRejected(string channel) => FencesRejected.Add(1, Of(channel));

    public static void StatusLost(string channel) => LostStatuses.Add(1, Of(channel));

    public static void Redriven(string channel, int count) => RedrivenCount.Add(count, Of(channel));

    public static void Faulted(string channel) => Faults.Add(1, Of(channel));

    public static void Replayed(string channel) => Duplicates.Add(1, Of(channel));

    public static void BreakerOpened(string channel, string group, TimeSpan rest)
    {
        Breakers.Add(1, Of(channel));
        RestingUntil[(channel, group)] = Environment.TickCount64 + (long)rest.TotalMilliseconds;
    }

    /// <summary>Whether anybody wants to know how long messages take from one end to the other: it costs a look-up a submission.</summary>
    public static bool MeasuresEndToEnd => EndToEnd.Enabled;

    /// <summary>How a channel stood at the last look.</summary>
    public static void Stands(ChannelStatistics standing) => Latest[standing.Channel] = standing;

    /// <summary>How old the oldest transaction of a channel's database was at the last look.</summary>
    public static void OldestTransaction(string channel, TimeSpan age) => OldestTransactions[channel] = age.TotalSeconds;

    /// <summary>Whether anybody wants to know how channels stand.</summary>
    public static bool IsWatched => Backlog.Enabled;

    private static IEnumerable<Measurement<long>> ObserveBacklog() => Latest.Values.SelectMany(static standing => standing.Counts.Select(
        count => new Measurement<long>(count.Value, Of(standing.Channel), new("clutch.outbox.status", count.Key.ToString()))));

    // The state of each breaker, by channel: groups have too many values for an attribute.
    private static IEnumerable<Measurement<long>> ObserveBreakers() => RestingUntil.GroupBy(static entry => entry.Key.Channel, static entry => entry.Value, StringComparer.Ordinal)
        .Select(static channel => new Measurement<long>(channel.Count(static until => until > Environment.TickCount64), Of(channel.Key)));

    private static IEnumerable<Measurement<double>> Observe(Func<ChannelStatistics, double> value) =>
        Latest.Values.Select(standing => new Measurement<double>(value(standing), Of(standing.Channel)));

    private static KeyValuePair<string, object?> Of(string channel) => new(Channel, channel);
}
