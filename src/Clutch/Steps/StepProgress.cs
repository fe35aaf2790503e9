using Clutch.Executions;

namespace Clutch.Steps;

/// <summary>How far a running step is.</summary>
public sealed record StepProgressSnapshot
{
    /// <summary>The step's name.</summary>
    public required string StepName { get; init; }

    /// <summary>Where it stands.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>Its counters as of the last commit.</summary>
    public required StepCounts Counts { get; init; }

    /// <summary>How much of the source is behind the checkpoint, 0 to 1, or null where the reader cannot tell.</summary>
    public double? Fraction { get; init; }

    /// <summary>How long this execution of the step has run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Items read per second since this execution of the step began.</summary>
    public double ItemsPerSecond => Elapsed > TimeSpan.Zero ? Counts.Read / Elapsed.TotalSeconds : 0;

    /// <summary>How long the rest takes at the rate so far, or null where that is not known yet.</summary>
    public TimeSpan? Remaining { get; init; }
}

/// <summary>The live counters of one step execution; written by its owner, read by whoever watches.</summary>
internal sealed class StepProgress
{
    private readonly string _stepName;
    private readonly TimeProvider _timeProvider;
    private readonly double _startFraction;
    private readonly long _startedAt;
    private readonly Lock _lock = new();
    private StepCounts _counts;
    private double? _fraction;
    private BatchStatus _status = BatchStatus.Started;
    private TimeSpan? _elapsed;

    public StepProgress(string stepName, TimeProvider timeProvider, double? startFraction)
    {
        _stepName = stepName;
        _timeProvider = timeProvider;
        _startFraction = startFraction ?? 0;
        _fraction = startFraction;
        _startedAt = timeProvider.GetTimestamp();
    }

    public StepProgressSnapshot Snapshot
    {
        get
        {
            lock (_lock)
            {
                var elapsed = _elapsed ?? _timeProvider.GetElapsedTime(_startedAt);
                return new() { StepName = _stepName, Status = _status, Counts = _counts, Fraction = _fraction, Elapsed = elapsed, Remaining = Remaining(elapsed) };
            }
        }
    }

    /// <summary>Called after each report, or null.</summary>
    public Action? Reported { get; init; }

    public void Report(StepCounts counts, double? fraction)
    {
        lock (_lock)
        {
            _counts = counts;
            _fraction = fraction;
        }

        Reported?.Invoke();
    }

    public void End(BatchStatus status, StepCounts counts)
    {
        lock (_lock)
        {
            _status = status;
            _counts = counts;
            _fraction = status is BatchStatus.Completed ? 1 : _fraction;
            _elapsed = _timeProvider.GetElapsedTime(_startedAt);
        }
    }

    // A restart has done only the part since its own start: the rate must not count what an earlier execution did.
    private TimeSpan? Remaining(TimeSpan elapsed)
    {
        var done = _fraction - _startFraction;
        return _status is BatchStatus.Started && done > 0 ? elapsed * ((1 - _fraction!.Value) / done.Value) : null;
    }
}
