namespace Demo.Showing;

/// <summary>How far a piece of work is. Whoever works writes it, whoever shows reads it.</summary>
internal sealed class Gauge(string title)
{
    private readonly Lock _lock = new();
    private GaugeReading _reading = new(0, 0, string.Empty, TimeSpan.Zero, IsStarted: false);
    private long _startedAt;
    private long _doneAtStart;

    public string Title => title;

    public GaugeReading Reading
    {
        get
        {
            lock (_lock)
                return _reading;
        }
    }

    /// <summary>Items done since <see cref="Begin"/>.</summary>
    public long Progress
    {
        get
        {
            lock (_lock)
                return _reading.Done - _doneAtStart;
        }
    }

    /// <summary>Items per second since <see cref="Begin"/>, without those that were done before.</summary>
    public double Rate
    {
        get
        {
            lock (_lock)
                return _reading.Elapsed > TimeSpan.Zero ? (_reading.Done - _doneAtStart) / _reading.Elapsed.TotalSeconds : 0;
        }
    }

    /// <summary>Work begins; <paramref name="done"/> items were done by an earlier start.</summary>
    public void Begin(long done, long total)
    {
        lock (_lock)
        {
            _startedAt = TimeProvider.System.GetTimestamp();
            _doneAtStart = done;
            _reading = new(done, total, string.Empty, TimeSpan.Zero, IsStarted: true);
        }
    }

    public void Set(long done, long total, string note = "")
    {
        lock (_lock)
        {
            var elapsed = done == _reading.Done && done == total ? _reading.Elapsed : TimeProvider.System.GetElapsedTime(_startedAt);
            _reading = new(done, total, note, elapsed, IsStarted: true);
        }
    }
}

/// <summary>A gauge at one moment.</summary>
internal readonly record struct GaugeReading(long Done, long Total, string Note, TimeSpan Elapsed, bool IsStarted);
