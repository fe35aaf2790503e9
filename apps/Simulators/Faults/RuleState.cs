namespace Simulators.Faults;

/// <summary>How a rule stands: the calls it saw, the faults it caused, and its tokens.</summary>
internal sealed class RuleState(FaultRule rule, int index, long seed, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _calls;
    private int _faults;
    private double _tokens = rule.PerSecond;
    private long _filledAt = clock.GetTimestamp();

    public FaultRule Rule => rule;

    public bool Matches(string role, string path) => (rule.Role is null || rule.Role == role) && (rule.Path is null || path.Contains(rule.Path, StringComparison.Ordinal));

    /// <summary>Whether this call is met. Call n of a rule is met or not whatever the calls around it, so that a seed gives the same faults.</summary>
    /// <param name="call">The number of the call under this rule, from 1.</param>
    public bool Meets(out long call)
    {
        lock (_lock)
        {
            call = ++_calls;
            if (call <= rule.Skip || _faults >= rule.Count || (rule.Kind is FaultKind.RateLimit ? TakeToken() : Draw.Unit(seed, index, call) >= rule.Rate))
                return false;
            _faults++;
            return true;
        }
    }

    /// <summary>The phase of the fault of a call: half of them before, half after.</summary>
    public FaultPhase PhaseOf(long call) => rule.Phase is not FaultPhase.Half ? rule.Phase : Draw.Unit(seed, index, call, 1) < 0.5 ? FaultPhase.Before : FaultPhase.After;

    public TimeSpan SpanOf(long call) => TimeSpan.FromSeconds(rule.MinSeconds + ((rule.MaxSeconds - rule.MinSeconds) * Draw.Unit(seed, index, call, 2)));

    public bool IsHead(long call) => Draw.Unit(seed, index, call, 3) < 0.5;

    private bool TakeToken()
    {
        var now = clock.GetTimestamp();
        _tokens = Math.Min(rule.PerSecond, _tokens + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * rule.PerSecond));
        _filledAt = now;
        if (_tokens < 1)
            return false;
        _tokens--;
        return true;
    }
}
