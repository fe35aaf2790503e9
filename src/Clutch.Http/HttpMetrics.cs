using System.Diagnostics.Metrics;

namespace Clutch.Http;

/// <summary>Instruments of the meter <c>Clutch</c> for HTTP channels; docs/guides/http.md has a row for each.</summary>
internal sealed class HttpMetrics(string channel)
{
    private static readonly Meter Meter = new("Clutch");
    private static readonly Histogram<double> Attempts = Meter.CreateHistogram<double>("clutch.http.attempt.duration", "s", "How long attempts took, by outcome.");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("clutch.http.retries", "{retry}", "Calls sent again, by reason.");
    private static readonly Counter<double> Throttled = Meter.CreateCounter<double>("clutch.http.throttled", "s", "Time calls waited for a place or for the rate limit.");
    private static readonly Gauge<int> Limit = Meter.CreateGauge<int>("clutch.http.concurrency.limit", "{call}", "Calls allowed at once.");
    private static readonly UpDownCounter<int> InFlight = Meter.CreateUpDownCounter<int>("clutch.http.in_flight", "{call}", "Calls under way.");
    private static readonly Gauge<int> Circuit = Meter.CreateGauge<int>("clutch.http.circuit.state", "{state}", "0 closed, 1 half open, 2 open.");
    private static readonly Counter<long> Unanswered = Meter.CreateCounter<long>("clutch.http.lookup.unanswered", "{item}", "Ids that a look-up left out of its answer.");
    private static readonly Counter<long> Splits = Meter.CreateCounter<long>("clutch.http.splits", "{call}", "Calls that were sent again in parts.");

    private readonly KeyValuePair<string, object?> _channel = new("clutch.channel", channel);

    public void AttemptEnded(TimeSpan elapsed, string outcome) => Attempts.Record(elapsed.TotalSeconds, _channel, new("clutch.outcome", outcome));

    public void Retried(HttpFaultKind reason) => Retries.Add(1, _channel, new("error.type", reason.ToString()));

    public void Waited(TimeSpan span) => Throttled.Add(span.TotalSeconds, _channel);

    public void LimitChanged(int limit) => Limit.Record(limit, _channel);

    public void Began() => InFlight.Add(1, _channel);

    public void Ended() => InFlight.Add(-1, _channel);

    public void CircuitChanged(int state) => Circuit.Record(state, _channel);

    public static void LeftOut(int count, string lookup) => Unanswered.Add(count, new KeyValuePair<string, object?>("clutch.lookup", lookup));

    public static void Split(string lookup) => Splits.Add(1, new KeyValuePair<string, object?>("clutch.lookup", lookup));
}
