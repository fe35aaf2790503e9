using System.Diagnostics.Metrics;

namespace Demo.Skus;

/// <summary>Counts what SkuSync does again in this process: HTTP calls, and submissions that go round once more.</summary>
internal sealed class RetryMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public RetryMeter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "clutch.http.retries" or "clutch.outbox.retry")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Interlocked.Add(ref _count, measurement));
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
