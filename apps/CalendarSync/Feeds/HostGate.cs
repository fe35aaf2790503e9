namespace CalendarSync.Feeds;

/// <summary>The door to one host: few at a time, a gap between two, and shut for a while when the host asks for it or fails again and again.</summary>
internal sealed class HostGate(string host, HostManners manners, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan LongestBreak = TimeSpan.FromHours(1);

    // Longer than the longest wait of a feed, a day and a quarter: until then a gate remembers the failures of its host.
    private static readonly TimeSpan LongIdle = TimeSpan.FromDays(2);

    private readonly SemaphoreSlim _places = new(manners.MaxConnections);
    private readonly Lock _lock = new();
    // Turns follow a clock that nobody sets; what is shut is remembered beyond the process, by the wall's.
    private readonly long _created = timeProvider.GetTimestamp();
    private TimeSpan _nextStart;
    private TimeSpan _promised;
    private DateTimeOffset _shutUntil;
    private int _failures;
    private int _breaks;

    /// <summary>The host.</summary>
    public string Host { get; } = host;

    private TimeSpan Now => timeProvider.GetElapsedTime(_created);

    /// <summary>Waits for its turn.</summary>
    /// <returns>Null when it is its turn: then <see cref="Leave"/> must follow. Else when to come again.</returns>
    public async ValueTask<DateTimeOffset?> EnterAsync(TimeSpan longestWait, CancellationToken cancellationToken)
    {
        if (Reserve(longestWait) is var (wait, comeAgain) && comeAgain is not null) return comeAgain;

        if (wait > TimeSpan.Zero) await Task.Delay(wait, timeProvider, cancellationToken);
        if (!await TakePlaceAsync(longestWait - wait, cancellationToken)) return PromiseAfter(longestWait);
        // While it waited, another may have been told to stay away.
        if (FindShut() is not { } until) return null;
        _places.Release();
        return PromiseAfter(until - timeProvider.GetUtcNow());
    }

    /// <summary>Gives the place back.</summary>
    public void Leave() => _places.Release();

    /// <summary>The host answered sensibly.</summary>
    public void Succeed()
    {
        lock (_lock) (_failures, _breaks) = (0, 0);
    }

    /// <summary>The host did not answer, or said that something is broken.</summary>
    public void Fail()
    {
        lock (_lock)
        {
            if (++_failures < manners.BreakAfter) return;
            _failures = 0;
            var pause = manners.BreakTime * Math.Pow(2, Math.Min(_breaks++, 10));
            ShutFor(pause < LongestBreak ? pause : LongestBreak);
        }
    }

    /// <summary>The host asked for a pause.</summary>
    public void Pause(TimeSpan time)
    {
        lock (_lock) ShutFor(time);
    }

    /// <summary>A pause from before this process started.</summary>
    public void ShutUntil(DateTimeOffset until)
    {
        lock (_lock) _shutUntil = until > _shutUntil ? until : _shutUntil;
    }

    /// <summary>Until when it is shut, or null.</summary>
    public DateTimeOffset? FindShut()
    {
        lock (_lock) return _shutUntil > timeProvider.GetUtcNow() ? _shutUntil : null;
    }

    /// <summary>Whether nobody is inside, none came for two days, and it is not shut.</summary>
    public bool IsLongIdle()
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            return _places.CurrentCount == manners.MaxConnections && _shutUntil <= now && _nextStart + LongIdle <= Now;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private void ShutFor(TimeSpan time)
    {
        var until = timeProvider.GetUtcNow() + time;
        _shutUntil = until > _shutUntil ? until : _shutUntil;
    }

    private (TimeSpan Wait, DateTimeOffset? ComeAgain) Reserve(TimeSpan longestWait)
    {
        lock (_lock)
        {
            var shut = _shutUntil - timeProvider.GetUtcNow();
            if (shut > TimeSpan.Zero) return (default, PromiseAfter(shut));
            var now = Now;
            var wait = _nextStart > now ? _nextStart - now : TimeSpan.Zero;
            if (wait > longestWait) return (default, PromiseAfter(wait));
            _nextStart = now + wait + manners.MinGap;
            return (wait, null);
        }
    }

    // Each of those that are put off gets a turn of its own: ten thousand that all came back in half a minute would be put off again, and each time written down.
    private DateTimeOffset PromiseAfter(TimeSpan wait)
    {
        lock (_lock)
        {
            var earliest = Now + wait;
            var next = _promised + manners.MinGap;
            _promised = next > earliest ? next : earliest;
            return timeProvider.GetUtcNow() + (_promised - Now);
        }
    }

    // A host that answers slowly fills its places; a feed that waited for one without end would hold up the chunk it is in.
    private async ValueTask<bool> TakePlaceAsync(TimeSpan longestWait, CancellationToken cancellationToken)
    {
        if (_places.Wait(0, CancellationToken.None)) return true;
        using var patience = new CancellationTokenSource(longestWait, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
