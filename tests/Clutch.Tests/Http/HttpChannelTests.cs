using System.Net;
using System.Net.Http.Headers;
using Clutch.Http;
using Clutch.Items;
using ManualClock = Clutch.Testing.ManualClock;

namespace Clutch.Tests.Http;

public sealed class HttpChannelTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private int _calls;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retry_after_is_obeyed_as_seconds_and_as_date(bool asDate)
    {
        var channel = Channel(_ => _calls == 1
            ? Answer(HttpStatusCode.TooManyRequests, asDate ? new(_clock.GetUtcNow().AddSeconds(3)) : new RetryConditionHeaderValue(TimeSpan.FromSeconds(3)))
            : Answer(HttpStatusCode.OK));

        var sending = channel.SendAsync(HttpCall.Get("x"), default).AsTask();
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(1, _calls);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await sending;

        Assert.Equal(2, _calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-60)]
    public async Task A_retry_after_that_asks_for_no_wait_leaves_it_to_the_channel(int seconds)
    {
        var start = _clock.GetUtcNow();
        var channel = Channel(_ => _calls == 1
            ? Answer(HttpStatusCode.TooManyRequests, seconds == 0 ? new(TimeSpan.Zero) : new RetryConditionHeaderValue(start.AddSeconds(seconds)))
            : Answer(HttpStatusCode.OK));

        var sending = channel.SendAsync(HttpCall.Get("x"), default).AsTask();
        while (!sending.IsCompleted)
        {
            await Task.WhenAny(_clock.WaitForTimersAsync(1), sending);
            _clock.Advance(TimeSpan.FromMilliseconds(50));
        }

        await sending;
        Assert.Equal(2, _calls);
        Assert.True(_clock.GetUtcNow() > start, "It was sent again without a pause.");
    }

    [Fact]
    public async Task A_date_to_wait_for_counts_by_the_clock_of_the_server()
    {
        var theirs = _clock.GetUtcNow().AddMinutes(-10);
        var channel = Channel(
            _ =>
            {
                var answer = Answer(HttpStatusCode.TooManyRequests, new(theirs.AddSeconds(30)));
                answer.Headers.Date = theirs;
                return answer;
            },
            options => options with { MaxWait = TimeSpan.Zero });

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => channel.SendAsync(HttpCall.Get("x"), default).AsTask());

        Assert.Equal(TimeSpan.FromSeconds(30), fault.Fault.RetryAfter);
    }

    [Fact]
    public async Task A_retry_after_of_hours_counts_as_the_cap()
    {
        var channel = Channel(
            _ => Answer(HttpStatusCode.TooManyRequests, new(TimeSpan.FromHours(9))),
            options => options with { MaxRetryAfter = TimeSpan.FromSeconds(7), MaxWait = TimeSpan.Zero });

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => channel.SendAsync(HttpCall.Get("x"), default).AsTask());

        Assert.Equal(TimeSpan.FromSeconds(7), fault.Fault.RetryAfter);
    }

    [Fact]
    public async Task Waits_at_a_closed_door_use_up_no_attempt_and_end_after_the_longest_wait()
    {
        var channel = Channel(
            _ => Answer(HttpStatusCode.TooManyRequests, new(TimeSpan.FromSeconds(1))),
            options => options with { Retry = new RetryOptions { Attempts = 2 }, MaxWait = TimeSpan.FromSeconds(10), AttemptTimeout = TimeSpan.FromMinutes(1) },
            new ImpatientClock());

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => channel.SendAsync(HttpCall.Get("x"), default).AsTask());

        Assert.Equal(HttpFaultKind.NotAccepted, fault.Kind);
        // Nine waits of a second; a tenth would end at the longest wait.
        Assert.Equal(10, _calls);
    }

    [Fact]
    public async Task What_a_call_waits_for_its_turn_does_not_use_up_its_patience_with_the_server()
    {
        var gate = new TaskCompletionSource();
        var channel = Channel(
            async _ =>
            {
                if (_calls == 1)
                    await gate.Task;
                return _calls == 2 ? Answer(HttpStatusCode.TooManyRequests, new(TimeSpan.FromSeconds(1))) : Answer(HttpStatusCode.OK);
            },
            options => options with { MaxWait = TimeSpan.FromSeconds(10), AttemptTimeout = TimeSpan.FromHours(1), Concurrency = new() { Initial = 1, Ceiling = 1 } });
        var first = channel.SendAsync(HttpCall.Get("x"), default).AsTask();
        var second = channel.SendAsync(HttpCall.Get("x"), default).AsTask();
        _clock.Advance(TimeSpan.FromMinutes(1));
        gate.SetResult();
        await first;

        while (!second.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        Assert.Equal(200, (await second).StatusCode);
        Assert.Equal(3, _calls);
    }

    [Fact]
    public async Task A_silent_server_is_given_up_after_the_attempts_time()
    {
        var channel = Channel(
            async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _clock, token);
                return Answer(HttpStatusCode.OK);
            },
            options => options with { AttemptTimeout = TimeSpan.FromSeconds(5) });

        var sending = channel.SendAsync(HttpCall.Get("x") with { IsRetried = false }, default).AsTask();
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(5));

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => sending);
        Assert.Equal((HttpFaultKind.Unknown, "'http://test/x' did not answer within 5 s."), (fault.Kind, fault.Message));
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_no_fault()
    {
        using var stop = new CancellationTokenSource();
        var channel = Channel(async token =>
        {
            await stop.CancelAsync();
            token.ThrowIfCancellationRequested();
            return Answer(HttpStatusCode.OK);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.SendAsync(HttpCall.Get("x"), stop.Token).AsTask());
        Assert.Equal((1, 0), (_calls, channel.InFlight));
    }

    [Fact]
    public async Task The_circuit_opens_when_most_calls_fail_lets_one_try_and_closes_again()
    {
        var isDown = true;
        var channel = Channel(_ => Answer(isDown ? HttpStatusCode.BadGateway : HttpStatusCode.OK), options => options with { Circuit = new() { MinimumCalls = 4, BreakDuration = TimeSpan.FromSeconds(5) } });
        var call = HttpCall.Get("x") with { IsRetried = false };
        for (var i = 0; i < 4; i++)
            await Assert.ThrowsAsync<HttpFaultException>(() => channel.SendAsync(call, default).AsTask());

        var held = await Assert.ThrowsAsync<HttpFaultException>(() => channel.SendAsync(call, default).AsTask());

        Assert.Equal((HttpFaultKind.NotAccepted, 4, CircuitState.Open), (held.Kind, _calls, channel.Circuit));
        Assert.InRange(held.Fault.RetryAfter!.Value, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));
        isDown = false;
        _clock.Advance(TimeSpan.FromSeconds(6));
        await channel.SendAsync(call, default);
        Assert.Equal((5, CircuitState.Closed), (_calls, channel.Circuit));
    }

    [Fact]
    public async Task A_circuit_that_opens_holds_back_what_waits_for_its_turn()
    {
        var channel = Channel(
            async _ =>
            {
                await Task.Yield();
                return Answer(HttpStatusCode.BadGateway);
            },
            options => options with { Concurrency = new() { Ceiling = 1, Initial = 1 }, Circuit = new() { MinimumCalls = 2 } });
        var call = HttpCall.Get("x") with { IsRetried = false };

        var faults = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Assert.ThrowsAsync<HttpFaultException>(() => channel.SendAsync(call, default).AsTask())));

        Assert.Equal((2, 8), (_calls, faults.Count(fault => fault.Kind == HttpFaultKind.NotAccepted)));
    }

    [Fact]
    public async Task The_rate_limit_spaces_calls_after_the_burst()
    {
        var channel = Channel(_ => Answer(HttpStatusCode.OK), options => options with { CallsPerSecond = 10, Burst = 3 });

        var sending = Enumerable.Range(0, 5).Select(_ => channel.SendAsync(HttpCall.Get("x"), default).AsTask()).ToArray();
        await Task.WhenAll(sending.Take(3));
        await _clock.WaitForTimersAsync(2);
        Assert.Equal(3, _calls);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await sending[3];
        Assert.Equal(4, _calls);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await sending[4];
    }

    [Theory]
    [InlineData("operations:batchGet?x=1", "http://test/operations:batchGet?x=1")]
    [InlineData("a/b:c", "http://test/a/b:c")]
    [InlineData("/root:all", "http://test/root:all")]
    [InlineData("http://other/d:e", "http://other/d:e")]
    public async Task A_path_may_hold_a_colon(string path, string address)
    {
        Uri? called = null;
        using var client = new HttpClient(new Scripted((request, _) =>
        {
            called = request.RequestUri;
            return Task.FromResult(Answer(HttpStatusCode.OK));
        }))
        { BaseAddress = new("http://test/") };

        await new HttpChannel("test", () => client).SendAsync(HttpCall.Get(path), default);

        Assert.Equal(address, called!.AbsoluteUri);
    }

    [Fact]
    public async Task Headers_of_the_content_are_found_too()
    {
        var channel = Channel(_ =>
        {
            var answer = Answer(HttpStatusCode.OK);
            answer.Content.Headers.LastModified = DateTimeOffset.UnixEpoch;
            return answer;
        });

        var found = await channel.SendAsync(HttpCall.Get("x"), default);

        Assert.Equal("Thu, 01 Jan 1970 00:00:00 GMT", found.FindHeader("Last-Modified"));
        Assert.Null(found.FindHeader("X-Absent"));
    }

    [Fact]
    public void Wrong_options_are_all_named_at_once()
    {
        var fault = Assert.Throws<ArgumentException>(() => new HttpChannel("bad", () => new(), new() { AttemptTimeout = TimeSpan.Zero, CallsPerSecond = -1, Concurrency = new() { Floor = 4, Ceiling = 2, Initial = 0, LatencyTolerance = 0.5 } }));

        Assert.Contains("'bad'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("AttemptTimeout", fault.Message, StringComparison.Ordinal);
        Assert.Contains("CallsPerSecond", fault.Message, StringComparison.Ordinal);
        Assert.Contains("4 to 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Initial is 0", fault.Message, StringComparison.Ordinal);
        Assert.Contains("LatencyTolerance is 0.5", fault.Message, StringComparison.Ordinal);
    }

    private HttpChannel Channel(Func<CancellationToken, HttpResponseMessage> answer, Func<HttpChannelOptions, HttpChannelOptions>? change = null, TimeProvider? clock = null) =>
        Channel(token => Task.FromResult(answer(token)), change, clock);

    private HttpChannel Channel(Func<CancellationToken, Task<HttpResponseMessage>> answer, Func<HttpChannelOptions, HttpChannelOptions>? change = null, TimeProvider? clock = null)
    {
        var client = new HttpClient(new Scripted((_, token) =>
        {
            _calls++;
            return answer(token);
        }))
        { BaseAddress = new("http://test/"), Timeout = Timeout.InfiniteTimeSpan };
        var options = new HttpChannelOptions { Retry = new() { UseJitter = false } };
        return new("test", () => client, change?.Invoke(options) ?? options, clock ?? _clock);
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, RetryConditionHeaderValue? retryAfter = null)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent("[]", null, "application/json") };
        response.Headers.RetryAfter = retryAfter;
        return response;
    }

    /// <summary>Moves on by each wait as it begins, so that all waits are over at once; what would take a minute or more, such as the timeout of an attempt, never comes.</summary>
    private sealed class ImpatientClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.Zero || dueTime >= TimeSpan.FromMinutes(1))
                return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
            Interlocked.Add(ref _ticks, dueTime.Ticks);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
