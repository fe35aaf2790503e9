using Clutch.Client.Wire;

namespace Clutch.Server.Live;

/// <summary>How fast the steps of one execution have read lately, which says more of a running step than the rate since its start.</summary>
/// <remarks>Each step by itself: others of the execution change at other times.</remarks>
internal sealed class StepRates
{
    private readonly Dictionary<string, Mark> _marks = new(StringComparer.Ordinal);

    /// <summary>The view with the rates of its running steps, as far as they have been seen to read.</summary>
    public ProgressView Put(ProgressView view) => view with { Steps = [.. view.Steps.Select(step => Put(step, view.At))] };

    private StepProgressView Put(StepProgressView step, DateTimeOffset at)
    {
        var mark = _marks[step.Step] = _marks.TryGetValue(step.Step, out var before) ? before.Next(step.Counts.Read, at) : new(step.Counts.Read, at, ItemCount: 0, TimeSpan.Zero);
        return step.Status is ExecutionStatus.Started && mark.RateAt(at) is { } rate ? step with { ItemsPerSecond = rate } : step;
    }

    /// <param name="Read">The items read.</param>
    /// <param name="At">When that number was first seen.</param>
    /// <param name="ItemCount">How many of them came with the latest change.</param>
    /// <param name="Span">The time between the latest two changes.</param>
    private sealed record Mark(long Read, DateTimeOffset At, long ItemCount, TimeSpan Span)
    {
        public Mark Next(long read, DateTimeOffset at) => read > Read && at > At ? new(read, at, read - Read, at - At) : this;

        // A step that takes longer for its next items than for those before has become slower.
        public double? RateAt(DateTimeOffset now) => ItemCount == 0 ? null : ItemCount / Math.Max(Span.TotalSeconds, (now - At).TotalSeconds);
    }
}
