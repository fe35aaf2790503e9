namespace CalendarSync.Feeds;

/// <summary>The deadlines of one fetch: all of it, and each silence within a body.</summary>
internal sealed class FetchClock : IDisposable
{
    private readonly TimeSpan _idleTimeout;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _total;
    private readonly CancellationTokenSource _idle;
    private readonly CancellationTokenSource _either;

    /// <summary>Starts the clock.</summary>
    /// <param name="deadline">The longest all of it may take.</param>
    /// <param name="idleTimeout">The longest silence within a body.</param>
    /// <param name="timeProvider">Measures.</param>
    /// <param name="caller">Cancels.</param>
    public FetchClock(TimeSpan deadline, TimeSpan idleTimeout, TimeProvider timeProvider, CancellationToken caller)
    {
        _idleTimeout = idleTimeout;
        _caller = caller;
        _total = new CancellationTokenSource(deadline, timeProvider);
        _idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(caller, _total.Token, _idle.Token);
    }

    /// <summary>Cancelled when a deadline passes, or by the caller.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether a deadline ended the fetch, and not the caller.</summary>
    public bool HasPassed => !_caller.IsCancellationRequested && _either.IsCancellationRequested;

    /// <summary>From now on a silence counts.</summary>
    public void ExpectBytes() => _idle.CancelAfter(_idleTimeout);

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _idle.Dispose();
        _total.Dispose();
    }
}
