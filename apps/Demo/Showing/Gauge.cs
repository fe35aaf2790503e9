namespace Demo.Showing;

/// <summary>How far a piece of work is. Whoever works writes it, whoever shows reads it.</summary>
/// <param name="title">What it measures.</param>
/// <param name="clock">The time; null for the system's.</param>
internal sealed class Gauge(string title, TimeProvider? clock = null)
{
    /// <summary>How long nothing may change before people are told.</summary>
    public static readonly TimeSpan Standstill = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private GaugeReading _reading = new(0, 0, string.Empty, TimeSpan.Zero, TimeSpan.Zero, IsStarted: false);
    private long _startedAt;
    private long _movedAt;
    private long _doneAtStart;

    public string Title => title;

    public GaugeReading Reading
    {
        get
        {
            lock (_lock)
                return _reading with { Idle = _reading.Done < _reading.Total ? _clock.GetElapsedTime(_movedAt) : TimeSpan.Zero };
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
            _startedAt = _movedAt = _clock.GetTimestamp();
            _doneAtStart = done;
            _reading = new(done, total, string.Empty, TimeSpan.Zero, TimeSpan.Zero, IsStarted: true);
        }
    }

    public void Set(long done, long total, string note = "")
    {
        lock (_lock)
        {
            if ((done, total) != (_reading.Done, _reading.Total))
                _movedAt = _clock.GetTimestamp();
            var elapsed = done == _reading.Done && done == total ? _reading.Elapsed : _clock.GetElapsedTime(_startedAt);
            _reading = new(done, total, note, elapsed, TimeSpan.Zero, IsStarted: true);
        }
    }

    /// <summary>The work waits for a person, and the note says for what: that nothing changes is no wonder.</summary>
    public void Wait()
    {
        lock (_lock)
            _movedAt = _clock.GetTimestamp();
    }
}

/// <summary>A gauge at one moment.</summary>
/// <param name="Done">Items that are done.</param>
/// <param name="Total">Items in all.</param>
/// <param name="Note">What goes on, or empty.</param>
/// <param name="Elapsed">Since the work began, until it was done.</param>
/// <param name="Idle">Since an item was last done, while some are left.</param>
/// <param name="IsStarted">Whether the work has begun.</param>
internal readonly record struct GaugeReading(long Done, long Total, string Note, TimeSpan Elapsed, TimeSpan Idle, bool IsStarted);
