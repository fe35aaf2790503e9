using System.Net;
using System.Text.Json.Serialization.Metadata;
using Clutch.Http.Limits;

namespace Clutch.Http;

/// <summary>Whether a channel lets calls through.</summary>
public enum CircuitState
{
    /// <summary>Calls go.</summary>
    Closed,

    /// <summary>One call may try.</summary>
    HalfOpen,

    /// <summary>Calls are held back.</summary>
    Open,
}

/// <summary>The way to one API: every call to it shares its concurrency limit, rate and circuit. Safe to use from many tasks; make one per API.</summary>
/// <remarks>A call may be sent several times, so it must be a read or idempotent, or say <see cref="HttpCall.IsRetried"/> false.</remarks>
public sealed class HttpChannel
{
    private readonly Func<HttpClient> _client;
    private readonly HttpChannelOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpMetrics _metrics;
    private readonly AdaptiveLimiter _limiter;
    private readonly CallRate _rate;
    private readonly CallPipeline _pipeline;

    /// <summary>A channel over a client.</summary>
    /// <param name="name">Its name in metrics and messages.</param>
    /// <param name="client">Gives the client for a call; a factory's clients are cheap. Its <c>Timeout</c> should be infinite: the channel has its own.</param>
    /// <param name="options">How to send; null takes the defaults.</param>
    /// <param name="timeProvider">The clock; null takes the system's.</param>
    /// <exception cref="ArgumentException">Options are out of their range; the message names all of them.</exception>
    public HttpChannel(string name, Func<HttpClient> client, HttpChannelOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(client);
        Name = name;
        _client = client;
        _options = options ?? new();
        _options.Validate(name);
        _timeProvider = timeProvider ?? TimeProvider.System;
        _metrics = new(name);
        _limiter = new(_options.Concurrency, _timeProvider, _metrics.LimitChanged);
        _rate = new(_options.CallsPerSecond, _options.Burst, _timeProvider);
        _pipeline = new(_options, _timeProvider, _metrics);
    }

    /// <summary>Its name in metrics and messages.</summary>
    public string Name { get; }

    /// <summary>How many calls may go at once now.</summary>
    public int ConcurrencyLimit => _limiter.Limit;

    /// <summary>How many calls are under way.</summary>
    public int InFlight => _limiter.InFlight;

    /// <summary>Whether calls go through now.</summary>
    public CircuitState Circuit => _pipeline.Circuit;

    /// <summary>Sends a call and reads its answer; where reading finds it torn, the call is sent again.</summary>
    /// <param name="call">What to send.</param>
    /// <param name="read">Makes the result of an answer (2xx, or one of <see cref="HttpCall.Answers"/>).</param>
    /// <param name="cancellationToken">Ends the call and its waits.</param>
    /// <exception cref="HttpFaultException">It failed, and so did what retries there were.</exception>
    public async ValueTask<T> SendAsync<T>(HttpCall call, Func<HttpAnswer, T> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(read);
        return await _pipeline.RunAsync(call, token => AttemptAsync(call, read, token), AddressOf(call), cancellationToken);
    }

    /// <summary>Sends a call and answers as soon as its answer was read whole.</summary>
    /// <inheritdoc cref="SendAsync{T}"/>
    public ValueTask<HttpAnswer> SendAsync(HttpCall call, CancellationToken cancellationToken) => SendAsync(call, answer => answer, cancellationToken);

    /// <summary>Gets a value as JSON.</summary>
    /// <inheritdoc cref="SendAsync{T}"/>
    public ValueTask<T> GetJsonAsync<T>(string path, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken) =>
        SendAsync(HttpCall.Get(path), answer => answer.ReadJson(typeInfo), cancellationToken);

    /// <summary>Posts a value as JSON and reads one. It may arrive twice, so it must be a read or idempotent.</summary>
    /// <inheritdoc cref="SendAsync{T}"/>
    public ValueTask<TAnswer> PostJsonAsync<T, TAnswer>(string path, T body, JsonTypeInfo<T> typeInfo, JsonTypeInfo<TAnswer> answerInfo, CancellationToken cancellationToken) =>
        SendAsync(HttpCall.Post(path, body, typeInfo), answer => answer.ReadJson(answerInfo), cancellationToken);

    private async ValueTask<T> AttemptAsync<T>(HttpCall call, Func<HttpAnswer, T> read, CancellationToken cancellationToken)
    {
        var asked = _timeProvider.GetTimestamp();
        var began = await _limiter.EnterAsync(cancellationToken);
        var sign = LoadSign.None;
        var outcome = "Canceled";
        _metrics.Began();
        try
        {
            await _rate.WaitAsync(cancellationToken);
            _pipeline.ThrowIfOpen(AddressOf(call));
            _metrics.Waited(_timeProvider.GetElapsedTime(asked));
            began = _timeProvider.GetTimestamp();
            var result = await _pipeline.WithinTimeAsync(token => ExchangeAsync(call, read, token), AddressOf(call), cancellationToken);
            (sign, outcome) = (LoadSign.Answered, "Answered");
            return result;
        }
        catch (HttpFaultException fault)
        {
            sign = SignOf(fault.Fault);
            outcome = fault.Kind.ToString();
            throw;
        }
        finally
        {
            _metrics.AttemptEnded(_timeProvider.GetElapsedTime(began), outcome);
            _metrics.Ended();
            _limiter.Exit(began, sign);
        }
    }

    private async ValueTask<T> ExchangeAsync<T>(HttpCall call, Func<HttpAnswer, T> read, CancellationToken cancellationToken)
    {
        using var request = call.CreateRequest();
        using var response = await _client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var answer = await ReadAsync(response, AddressOf(call), cancellationToken);
        var isAnswer = response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified || call.Answers.Contains(answer.StatusCode);
        return isAnswer ? read(answer) : throw HttpFaults.Of(answer);
    }

    private async ValueTask<HttpAnswer> ReadAsync(HttpResponseMessage response, string address, CancellationToken cancellationToken)
    {
        // Refuses a longer body, and a body shorter than its Content-Length or without its last chunk.
        try
        {
            await response.Content.LoadIntoBufferAsync(_options.MaxResponseBytes, cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException)
        {
            // What unpacks gzip throws the one, what unpacks Brotli the other.
            throw HttpFaults.Damaged(address, fault);
        }

        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var retryAfter = RetryAfterHeader.Find(response.Headers, ProblemOf(response, body), _timeProvider.GetUtcNow(), _options.MaxRetryAfter);
        return new(response, body, address, retryAfter);
    }

    private static HttpProblem? ProblemOf(HttpResponseMessage response, byte[] body) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json" ? HttpProblem.Find(body) : null;

    private static LoadSign SignOf(HttpFault fault) => fault.StatusCode switch
    {
        429 or 503 => LoadSign.Refused,
        not null => LoadSign.Answered,
        null => LoadSign.None,
    };

    private string AddressOf(HttpCall call)
    {
        var path = HttpCall.UriOf(call.Path);
        var address = path.IsAbsoluteUri ? path : _client().BaseAddress is { } root ? new Uri(root, path) : null;
        return address?.GetLeftPart(UriPartial.Path) ?? call.Path.Split('?')[0];
    }
}
