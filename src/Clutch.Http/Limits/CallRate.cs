namespace Clutch.Http.Limits;

/// <summary>Spaces calls evenly, with a burst after a pause: the generic cell rate algorithm (ATM Forum, 1996), which needs one number of state.</summary>
internal sealed class CallRate(double? callsPerSecond, int burst, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly long _start = timeProvider.GetTimestamp();
    private TimeSpan _nextAt;

    /// <summary>Takes the next place and returns after the wait until it.</summary>
    public async ValueTask<TimeSpan> WaitAsync(CancellationToken cancellationToken)
    {
        var wait = Take();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, timeProvider, cancellationToken);
        return wait;
    }

    private TimeSpan Take()
    {
        if (callsPerSecond is not { } rate)
            return TimeSpan.Zero;
        var interval = TimeSpan.FromSeconds(1 / rate);
        lock (_lock)
        {
            var now = timeProvider.GetElapsedTime(_start);
            var at = _nextAt > now ? _nextAt : now;
            _nextAt = at + interval;
            var wait = at - now - (interval * (burst - 1));
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }
}
