using Clutch.Http;
using Clutch.Http.Limits;
using ManualClock = Clutch.Testing.ManualClock;

namespace Clutch.Tests.Http;

public sealed class AdaptiveLimiterTests
{
    private readonly ManualClock _clock = new();
    private readonly List<int> _changes = [];

    [Fact]
    public async Task It_doubles_up_to_the_ceiling_while_the_server_keeps_its_speed()
    {
        var limiter = Limiter(new() { Initial = 2, Ceiling = 16 });

        for (var round = 0; round < 4; round++)
            await RoundAsync(limiter, TimeSpan.FromMilliseconds(100));

        Assert.Equal(16, limiter.Limit);
        Assert.Equal(0, limiter.InFlight);
    }

    [Fact]
    public async Task A_round_of_refusals_takes_one_step_down_and_never_below_the_floor()
    {
        var limiter = Limiter(new() { Initial = 10, Floor = 6, Ceiling = 16 });

        await RoundAsync(limiter, TimeSpan.FromMilliseconds(100), LoadSign.Refused);
        Assert.Equal(7, limiter.Limit);
        await RoundAsync(limiter, TimeSpan.FromMilliseconds(100), LoadSign.Refused);

        Assert.Equal(6, limiter.Limit);
    }

    [Fact]
    public async Task It_steps_down_when_the_server_as_a_whole_slows_down_and_creeps_up_again()
    {
        var limiter = Limiter(new() { Initial = 10, Ceiling = 10 });
        for (var round = 0; round < 3; round++)
            await RoundAsync(limiter, TimeSpan.FromMilliseconds(100));

        for (var round = 0; round < 3; round++)
            await RoundAsync(limiter, TimeSpan.FromMilliseconds(500));
        var slow = limiter.Limit;
        for (var round = 0; round < 8; round++)
            await RoundAsync(limiter, TimeSpan.FromMilliseconds(100));

        Assert.InRange(slow, 5, 8);
        Assert.Equal(10, limiter.Limit);
    }

    [Fact]
    public async Task A_single_refusal_costs_two_rounds_and_what_is_refused_again_and_again_stays_low()
    {
        var limiter = Limiter(new() { Initial = 16, Ceiling = 16 });
        await RoundAsync(limiter, TimeSpan.FromMilliseconds(100));

        await RefuseOneAsync(limiter);
        var lowered = limiter.Limit;
        for (var round = 0; round < 2; round++)
            await RoundAsync(limiter, TimeSpan.FromMilliseconds(100));
        var back = limiter.Limit;
        var limits = new List<int>();
        for (var round = 0; round < 40; round++)
        {
            // The server bears eight.
            await RoundAsync(limiter, TimeSpan.FromMilliseconds(100), limiter.Limit > 8 ? LoadSign.Refused : LoadSign.Answered);
            limits.Add(limiter.Limit);
        }

        Assert.Equal(11, lowered);
        Assert.InRange(back, 15, 16);
        Assert.InRange(limits.Skip(10).Average(), 6.5, 9);
        Assert.InRange(limits.Skip(10).Max(), 9, 11);
    }

    [Fact]
    public async Task Single_slow_answers_change_nothing()
    {
        var limiter = Limiter(new() { Initial = 8, Ceiling = 8 });

        for (var i = 0; i < 400; i++)
        {
            var began = await limiter.EnterAsync(default);
            _clock.Advance(TimeSpan.FromMilliseconds(i % 20 == 0 ? 500 : 100));
            limiter.Exit(began, LoadSign.Answered);
        }

        Assert.Equal([8], _changes);
    }

    [Fact]
    public async Task Who_waits_for_a_place_gets_it_in_turn_and_may_give_up()
    {
        var limiter = Limiter(new() { Initial = 1, Ceiling = 1 });
        using var stop = new CancellationTokenSource();
        var first = await limiter.EnterAsync(default);
        var second = limiter.EnterAsync(stop.Token).AsTask();
        var third = limiter.EnterAsync(default).AsTask();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(third.IsCompleted);
        limiter.Exit(first, LoadSign.None);
        limiter.Exit(await third, LoadSign.None);

        Assert.Equal(0, limiter.InFlight);
    }

    private async Task RefuseOneAsync(AdaptiveLimiter limiter)
    {
        var began = await limiter.EnterAsync(default);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        limiter.Exit(began, LoadSign.Refused);
    }

    private AdaptiveLimiter Limiter(ConcurrencyOptions options) => new(options, _clock, _changes.Add);

    private async Task RoundAsync(AdaptiveLimiter limiter, TimeSpan latency, LoadSign sign = LoadSign.Answered)
    {
        var began = new List<long>();
        for (var count = limiter.Limit; began.Count < count;)
            began.Add(await limiter.EnterAsync(default));
        _clock.Advance(latency);
        began.ForEach(call => limiter.Exit(call, sign));
    }
}
