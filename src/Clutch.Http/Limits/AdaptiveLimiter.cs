namespace Clutch.Http.Limits;

/// <summary>What an attempt said about the server's load.</summary>
internal enum LoadSign
{
    /// <summary>It answered: its latency counts.</summary>
    Answered,

    /// <summary>It said that it is overloaded: 429 or 503.</summary>
    Refused,

    /// <summary>Nothing about load: a fault of another kind.</summary>
    None,
}

/// <summary>Lets as many calls go at once as the server bears: fewer on refusals and on latency, and back to what it bore before along the curve of CUBIC (RFC 9438).</summary>
/// <remarks>
/// A refusal now and then, as of a limit that many callers share, costs a third of the room for two rounds of calls at most. With steps of one it took five: the four to six refusals of a run took 16 places down to 6 (P7, faults, traced).
/// Latency is compared as means over windows, and with the best window of the last twenty: single slow answers (the fault plan has 5% five times slower)
/// change nothing, a server that slows down as a whole does.
/// </remarks>
internal sealed class AdaptiveLimiter
{
    private const double RefusedFactor = 0.7;
    private const double SlowFactor = 0.85;
    private const int RememberedWindows = 20;

    // Rounds of as many answers as there are places, until the limit is again where it was.
    private const double RecoveryRounds = 2;

    private readonly Lock _lock = new();
    private readonly ConcurrencyOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Action<int> _onChange;
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Queue<double> _windows = new();
    private double _limit;
    private bool _isProbing = true;
    private long _lastDecrease;

    // Since the last decrease: what was borne before a refusal (0 after a slow round, which is no matter of chance and takes steps of one), where the limit went, and the rounds of answers.
    private double _borne;
    private double _lowered;
    private double _rounds;
    private double _windowSeconds;
    private int _windowCount;
    private int _inFlight;
    private int _peak;

    public AdaptiveLimiter(ConcurrencyOptions options, TimeProvider timeProvider, Action<int> onChange)
    {
        _options = options;
        _timeProvider = timeProvider;
        _onChange = onChange;
        _limit = Math.Clamp(options.Initial, options.Floor, options.Ceiling);
        _lastDecrease = timeProvider.GetTimestamp();
        onChange((int)_limit);
    }

    public int Limit
    {
        get
        {
            lock (_lock)
                return (int)_limit;
        }
    }

    public int InFlight
    {
        get
        {
            lock (_lock)
                return _inFlight;
        }
    }

    /// <summary>Waits for a place, first come first served; answers when the call began.</summary>
    public async ValueTask<long> EnterAsync(CancellationToken cancellationToken)
    {
        if (FindPlace() is { } place)
        {
            await using var registration = cancellationToken.Register(() => place.TrySetCanceled(cancellationToken));
            await place.Task;
        }

        return _timeProvider.GetTimestamp();
    }

    /// <summary>Gives the place back and learns from the attempt.</summary>
    public void Exit(long began, LoadSign sign)
    {
        lock (_lock)
        {
            var before = (int)_limit;
            Learn(began, sign);
            _inFlight--;
            LetGo();
            if ((int)_limit != before)
                _onChange((int)_limit);
        }
    }

    private TaskCompletionSource? FindPlace()
    {
        lock (_lock)
        {
            if (_inFlight < (int)_limit && _waiting.Count == 0)
            {
                Take();
                return null;
            }

            var place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(place);
            return place;
        }
    }

    private void LetGo()
    {
        while (_inFlight < (int)_limit && _waiting.TryDequeue(out var place))
        {
            if (place.TrySetResult())
                Take();
        }
    }

    private void Take() => _peak = Math.Max(_peak, ++_inFlight);

    private void Learn(long began, LoadSign sign)
    {
        if (sign == LoadSign.Refused)
            Decrease(RefusedFactor, began);
        else if (sign == LoadSign.Answered)
            Measure(began);
    }

    private void Measure(long began)
    {
        // Only who used the room can say whether there is more.
        if (_peak * 2 > (int)_limit)
            Increase();
        _windowSeconds += _timeProvider.GetElapsedTime(began).TotalSeconds;
        if (++_windowCount < Math.Max(10, (int)_limit))
            return;
        Judge(_windowSeconds / _windowCount, began);
        (_windowSeconds, _windowCount, _peak) = (0, 0, _inFlight);
    }

    private void Judge(double mean, long began)
    {
        if (_windows.Count > 0 && mean > _windows.Min() * _options.LatencyTolerance)
            Decrease(SlowFactor, began);
        _windows.Enqueue(mean);
        if (_windows.Count > RememberedWindows)
            _windows.Dequeue();
    }

    private void Increase()
    {
        _rounds += 1 / _limit;
        _limit = Math.Min(_options.Ceiling, _isProbing ? _limit + 1 : Math.Max(_limit, Math.Max(Recovered(), _lowered + _rounds)));
    }

    // Steep far below what was borne, flat around it, steep again above it where nothing speaks against more.
    private double Recovered() => _borne * (1 + ((1 - RefusedFactor) * Math.Pow((_rounds / RecoveryRounds) - 1, 3)));

    // Refused again on the way back: less is borne than before (RFC 9438, section 4.7).
    private double Borne() => _limit < _borne ? _limit * (1 + RefusedFactor) / 2 : _limit;

    private void Decrease(double factor, long began)
    {
        _isProbing = false;
        // Calls that began before the last decrease tell of the load before it: one decrease for one overload.
        if (began < _lastDecrease)
            return;
        _lastDecrease = _timeProvider.GetTimestamp();
        _borne = factor == RefusedFactor ? Borne() : 0;
        _lowered = _limit = Math.Max(_options.Floor, _limit * factor);
        _rounds = 0;
    }
}
