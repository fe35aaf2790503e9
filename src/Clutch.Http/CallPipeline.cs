using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Clutch.Http;

/// <summary>Retry around circuit around attempt, and the time-out inside it.</summary>
internal sealed class CallPipeline
{
    private static readonly ResiliencePropertyKey<CallPatience> Patience = new("clutch.patience");

    private readonly HttpChannelOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpMetrics _metrics;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _retry;
    private readonly ResiliencePipeline _circuit;
    private readonly ResiliencePipeline _timeout;

    public CallPipeline(HttpChannelOptions options, TimeProvider timeProvider, HttpMetrics metrics)
    {
        _options = options;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _retry = CreateRetry();
        _circuit = CreateCircuit();
        _timeout = new ResiliencePipelineBuilder { TimeProvider = timeProvider }.AddTimeout(options.AttemptTimeout).Build();
    }

    public CircuitState Circuit => _state.CircuitState switch
    {
        Polly.CircuitBreaker.CircuitState.Closed => CircuitState.Closed,
        Polly.CircuitBreaker.CircuitState.HalfOpen => CircuitState.HalfOpen,
        _ => CircuitState.Open,
    };

    public async ValueTask<T> RunAsync<T>(HttpCall call, Func<CancellationToken, ValueTask<T>> attempt, string address, CancellationToken cancellationToken)
    {
        if (!call.IsRetried)
            return await ThroughCircuitAsync(attempt, address, cancellationToken);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(Patience, new CallPatience(_options, _timeProvider));
            return await _retry.ExecuteAsync(inner => ThroughCircuitAsync(attempt, address, inner.CancellationToken), context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Holds back what waited for its turn while the circuit opened.</summary>
    /// <exception cref="HttpFaultException">It is open.</exception>
    public void ThrowIfOpen(string address)
    {
        if (Circuit is CircuitState.Open)
            throw HttpFaults.Find(new BrokenCircuitException(), address, _options.AttemptTimeout)!;
    }

    public async ValueTask<T> WithinTimeAsync<T>(Func<CancellationToken, ValueTask<T>> exchange, string address, CancellationToken cancellationToken)
    {
        try
        {
            return await _timeout.ExecuteAsync(exchange, cancellationToken);
        }
        catch (Exception fault) when (HttpFaults.Find(fault, address, _options.AttemptTimeout) is not null)
        {
            throw HttpFaults.Find(fault, address, _options.AttemptTimeout)!;
        }
    }

    private async ValueTask<T> ThroughCircuitAsync<T>(Func<CancellationToken, ValueTask<T>> attempt, string address, CancellationToken cancellationToken)
    {
        try
        {
            return await _circuit.ExecuteAsync(attempt, cancellationToken);
        }
        catch (BrokenCircuitException fault)
        {
            throw HttpFaults.Find(fault, address, _options.AttemptTimeout)!;
        }
    }

    private ResiliencePipeline CreateRetry() => new ResiliencePipelineBuilder { TimeProvider = _timeProvider }
        .AddRetry(new RetryStrategyOptions
        {
            // How often is decided by the call's patience, for waits at a closed door do not count.
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = _options.Retry.Delay,
            MaxDelay = _options.Retry.MaxDelay,
            UseJitter = _options.Retry.UseJitter,
            ShouldHandle = arguments => new(arguments.Outcome.Exception is HttpFaultException fault && PatienceOf(arguments.Context).Allows(fault)),
            DelayGenerator = arguments => new(WishOf(arguments.Outcome.Exception)),
            OnRetry = arguments =>
            {
                if (arguments.Outcome.Exception is HttpFaultException fault)
                    _metrics.Retried(fault.Kind);
                return default;
            },
        })
        .Build();

    // A wish of 0 s, or a date that has passed, is none: obeyed, it would be a loop without a pause.
    private static TimeSpan? WishOf(Exception? fault) => fault is HttpFaultException { Fault.RetryAfter: { } wish } && wish > TimeSpan.Zero ? wish : null;

    private ResiliencePipeline CreateCircuit() => new ResiliencePipelineBuilder { TimeProvider = _timeProvider }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = _options.Circuit.FailureShare,
            MinimumThroughput = _options.Circuit.MinimumCalls,
            SamplingDuration = _options.Circuit.Window,
            BreakDuration = _options.Circuit.BreakDuration,
            StateProvider = _state,
            ShouldHandle = arguments => new(arguments.Outcome.Exception is HttpFaultException fault && IsOutage(fault.Fault)),
            OnOpened = _ => Changed(2),
            OnHalfOpened = _ => Changed(1),
            OnClosed = _ => Changed(0),
        })
        .Build();

    // 429 is a server that works and steers: the limiter's affair.
    private static bool IsOutage(HttpFault fault) => fault.Kind is HttpFaultKind.Unknown or HttpFaultKind.NotAccepted && fault.StatusCode != 429;

    private static CallPatience PatienceOf(ResilienceContext context) => context.Properties.GetValue(Patience, null!);

    private ValueTask Changed(int state)
    {
        _metrics.CircuitChanged(state);
        return default;
    }
}

/// <summary>How much longer one call is worth trying: attempts for unknown outcomes, time for closed doors.</summary>
internal sealed class CallPatience(HttpChannelOptions options, TimeProvider timeProvider)
{
    // From the first refusal on: what a call waits for its turn behind others is no patience with the server.
    private long? _refusedSince;
    private int _attempts;

    public bool Allows(HttpFaultException fault) => fault.Kind switch
    {
        HttpFaultKind.Unknown => ++_attempts < options.Retry.Attempts,
        HttpFaultKind.NotAccepted or HttpFaultKind.Wait => timeProvider.GetElapsedTime(_refusedSince ??= timeProvider.GetTimestamp()) + (fault.Fault.RetryAfter ?? TimeSpan.Zero) < options.MaxWait,
        _ => false,
    };
}
