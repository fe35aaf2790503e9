using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace CalendarSync.Feeds;

/// <summary>Fetches feeds from strangers: guarded, bounded, polite. Whatever goes wrong is an outcome, never an exception.</summary>
internal sealed class FeedFetcher : IDisposable
{
    private readonly FeedOptions _options;
    private readonly OutboundGuard _guard;
    private readonly HostGates _gates;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<FeedFetcher> _logger;
    private readonly HttpClient _client;
    private readonly SemaphoreSlim _places;

    /// <summary>A fetcher.</summary>
    public FeedFetcher(IOptions<FeedOptions> options, OutboundGuard guard, IHostResolver resolver, HostGates gates, TimeProvider timeProvider, ILogger<FeedFetcher> logger)
    {
        _options = options.Value;
        _guard = guard;
        _gates = gates;
        _timeProvider = timeProvider;
        _logger = logger;
        _client = FeedHttp.CreateClient(guard, resolver, _options);
        _places = new SemaphoreSlim(_options.Concurrency);
    }

    /// <summary>Fetches one feed.</summary>
    public async Task<FetchOutcome> FetchAsync(FetchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_guard.FindProblem(request.Address.Uri) is not null) return new FetchOutcome.Blocked();
        var trail = new RedirectTrail(request.Address, _guard, _options.MaxRedirects);
        var time = _options.Deadline;
        while (true)
        {
            var (outcome, duration) = await VisitAsync(request, trail, time, cancellationToken);
            if (outcome is not null) return outcome;
            time = duration < time ? time - duration : TimeSpan.Zero;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _places.Dispose();
    }

    // At one host, from its door to an answer; the outcome is null where a redirect leads to another host, which has its own door and is answerable for itself.
    private async Task<(FetchOutcome? Outcome, TimeSpan Duration)> VisitAsync(FetchRequest request, RedirectTrail trail, TimeSpan time, CancellationToken cancellationToken)
    {
        var gate = _gates.Of(trail.Current.Host);
        // The turn at the host comes first: who waits for a slow host must not take the place of others.
        if (await gate.EnterAsync(_options.MaxTurnWait, cancellationToken) is { } later) return (new FetchOutcome.PutOff(later), default);
        try
        {
            await _places.WaitAsync(cancellationToken);
            try
            {
                var started = _timeProvider.GetTimestamp();
                var outcome = await FetchWithinAsync(time, request, trail, cancellationToken);
                Report(gate, outcome);
                return (outcome, _timeProvider.GetElapsedTime(started));
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            gate.Leave();
        }
    }

    private static void Report(HostGate gate, FetchOutcome? outcome)
    {
        switch (outcome)
        {
            // A host that always asks for a moment would be asked for ever.
            case FetchOutcome.Busy { RetryAfter: { } pause }:
                gate.Pause(pause);
                gate.Fail();
                break;
            case FetchOutcome.Busy or FetchOutcome.Unreachable or FetchOutcome.Failed { Status: >= 500 }: gate.Fail(); break;
            default: gate.Succeed(); break;
        }
    }

    private async Task<FetchOutcome?> FetchWithinAsync(TimeSpan time, FetchRequest request, RedirectTrail trail, CancellationToken cancellationToken)
    {
        using var clock = new FetchClock(time, _options.IdleTimeout, _timeProvider, cancellationToken);
        try
        {
            return await FollowAsync(request, trail, clock);
        }
        catch (OperationCanceledException) when (clock.HasPassed)
        {
            return new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.Timeout);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            return FetchFaults.Explain(fault) ?? Unforeseen(fault, trail.Current);
        }
    }

    // What a server can cause must not end the run of all feeds: BrotliStream throws InvalidOperationException for bytes that are not packed as they say.
    private FetchOutcome Unforeseen(Exception fault, FeedAddress address)
    {
        _logger.FetchFailed(address.Host, fault);
        return FetchFaults.Broken;
    }

    private async Task<FetchOutcome?> FollowAsync(FetchRequest request, RedirectTrail trail, FetchClock clock)
    {
        var host = trail.Current.Host;
        while (trail.Current.Host == host)
        {
            using var message = CreateMessage(request, trail.Current);
            using var answer = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, clock.Token);
            if (!RedirectTrail.IsRedirect(answer)) return await ReadAnswerAsync(answer, trail, HasValidators(message), clock);
            if (trail.Follow(answer) is { } end) return end;
        }

        return null;
    }

    private HttpRequestMessage CreateMessage(FetchRequest request, FeedAddress address)
    {
        var message = FeedHttp.CreateRequest(address.Uri);
        var headers = message.Headers;
        headers.TryAddWithoutValidation("User-Agent", _gates.MannersOf(address.Host).UserAgent ?? _options.UserAgent);
        headers.TryAddWithoutValidation("Accept", "text/calendar, */*;q=0.5");
        headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        if (address.Credentials is { } credentials) headers.Authorization = new AuthenticationHeaderValue("Basic", Encode(credentials));
        if ((request.ValidatorsOf ?? request.Address.Uri) != address.Uri) return message;
        if (request.ETag is { } etag) headers.TryAddWithoutValidation("If-None-Match", etag);
        if (request.LastModified is { } modified) headers.TryAddWithoutValidation("If-Modified-Since", modified);
        return message;
    }

    private static string Encode(string credentials) => Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(credentials)));

    private static bool HasValidators(HttpRequestMessage message) => message.Headers.Contains("If-None-Match") || message.Headers.Contains("If-Modified-Since");

    private async Task<FetchOutcome> ReadAnswerAsync(HttpResponseMessage answer, RedirectTrail trail, bool wasConditional, FetchClock clock) => answer.StatusCode switch
    {
        HttpStatusCode.OK => await ReadBodyAsync(answer, trail, clock),
        HttpStatusCode.NotModified when wasConditional => new FetchOutcome.NotModified(AnswerOf(answer, trail)),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new FetchOutcome.Denied(),
        HttpStatusCode.NotFound => new FetchOutcome.Missing(),
        HttpStatusCode.Gone => new FetchOutcome.Gone(),
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new FetchOutcome.Busy(RetryAfterHeader.Read(answer.Headers.RetryAfter, _timeProvider.GetUtcNow())),
        _ => new FetchOutcome.Failed((int)answer.StatusCode),
    };

    private async Task<FetchOutcome> ReadBodyAsync(HttpResponseMessage answer, RedirectTrail trail, FetchClock clock)
    {
        if (!BodyReader.CanDecode([.. answer.Content.Headers.ContentEncoding])) return new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.Broken);
        var body = await BodyReader.ReadAsync(answer.Content, _options, clock);
        return new FetchOutcome.Fetched(body, answer.Content.Headers.ContentType?.CharSet, AnswerOf(answer, trail));
    }

    private static FeedAnswer AnswerOf(HttpResponseMessage answer, RedirectTrail trail) => new()
    {
        ETag = FirstOf(answer.Headers, "ETag"),
        LastModified = FirstOf(answer.Content.Headers, "Last-Modified"),
        MaxAge = answer.Headers.CacheControl?.MaxAge,
        MovedTo = trail.MovedTo,
        AnsweredBy = trail.Current.Uri,
    };

    // As the server wrote them: a parsed ETag or date may come out changed, and then matches nothing. What is not printable ASCII is left: no request can carry it, so that each later fetch would fail.
    private static string? FirstOf(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Count > 0 && values.First() is { Length: > 0 and <= 1_024 } value && !value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? value : null;
}
