using Clutch.Testing;

namespace Clutch.Tests.Testing;

public sealed class ManualClockTests
{
    [Fact]
    public void Timers_fire_at_their_own_instant_and_in_order_while_the_clock_is_moved()
    {
        var clock = new ManualClock();
        var start = clock.GetUtcNow();
        var fired = new List<string>();
        using var once = clock.CreateTimer(_ => fired.Add($"once {(clock.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var often = clock.CreateTimer(_ => fired.Add($"often {(clock.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(5));
        often.Dispose();
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["often 2", "once 3", "often 4"], fired);
        Assert.Equal(TimeSpan.FromSeconds(10), clock.GetElapsedTime(start.UtcTicks));
    }

    [Fact]
    public void A_callback_that_moves_the_clock_further_is_not_undone()
    {
        var clock = new ManualClock();
        var start = clock.GetUtcNow();
        using var timer = clock.CreateTimer(_ => clock.Advance(TimeSpan.FromSeconds(10)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(TimeSpan.FromSeconds(11), clock.GetUtcNow() - start);
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_reaches_it()
    {
        var clock = new ManualClock();
        var delay = Task.Delay(TimeSpan.FromMinutes(1), clock, CancellationToken.None);

        clock.Advance(TimeSpan.FromSeconds(59));
        var isEarly = delay.IsCompleted;
        clock.Advance(TimeSpan.FromSeconds(1));
        await delay;

        Assert.False(isEarly);
    }
}
