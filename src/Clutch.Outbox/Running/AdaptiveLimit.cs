namespace Clutch.Outbox.Running;

/// <summary>How many requests may run at once: one more for each round without trouble, less by a third when the target asks for less.</summary>
internal sealed class AdaptiveLimit
{
    private const double Decrease = 0.7;
    private const int FirstLimit = 8;

    private readonly Lock _lock = new();
    private double _limit = FirstLimit;

    /// <summary>The limit now, at most the ceiling.</summary>
    public int Current(int ceiling)
    {
        lock (_lock)
            return (int)Math.Clamp(_limit, 1, ceiling);
    }

    public void Succeeded(int ceiling)
    {
        lock (_lock)
            _limit = Math.Min(ceiling, _limit + (1 / Math.Max(1, _limit)));
    }

    public void Throttled()
    {
        lock (_lock)
            _limit = Math.Max(1, _limit * Decrease);
    }
}
