using Apps.Tests.CalendarSync.Batch;
using CalendarSync.Feeds;
using Clutch.Testing;
using Microsoft.Extensions.Options;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>The doors to hosts, which anybody can name as many of as he likes.</summary>
public sealed class HostGatesTests
{
    [Fact]
    public void Where_there_are_many_doors_those_long_idle_go_and_shut_ones_stay()
    {
        var clock = new ManualClock();
        var gates = new HostGates(Options.Create(new FeedOptions()), clock);
        var (idle, shut) = (gates.Of("idle.example:443"), gates.Of("shut.example:443"));
        shut.Pause(TimeSpan.FromDays(30));
        for (var host = 0; host < HostGates.ManyGates; host++) gates.Of($"host-{host}.example:443");
        clock.Advance(TimeSpan.FromDays(3));

        gates.Of("new.example:443");

        Assert.NotSame(idle, gates.Of("idle.example:443"));
        Assert.Same(shut, gates.Of("shut.example:443"));
    }

    [Fact]
    public async Task Who_waits_too_long_for_a_place_at_a_slow_host_is_put_off()
    {
        var clock = new ManualClock();
        using var gate = new HostGate("slow.example:443", new() { MaxConnections = 1, MinGap = TimeSpan.FromSeconds(1) }, clock);
        Assert.Null(await gate.EnterAsync(TimeSpan.FromSeconds(15), CancellationToken.None));

        var second = gate.EnterAsync(TimeSpan.FromSeconds(15), CancellationToken.None).AsTask();
        clock.Advance(TimeSpan.FromSeconds(1));
        await clock.WaitForTimersAsync(1);
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(14));

        Assert.NotNull(await second);
        gate.Leave();
        Assert.Null(await gate.EnterAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public async Task Who_is_put_off_gets_a_turn_of_his_own_however_long_the_queue()
    {
        var clock = new ManualClock();
        using var gate = new HostGate("busy.example:443", new() { MaxConnections = 8, MinGap = TimeSpan.FromSeconds(1) }, clock);
        var started = clock.GetUtcNow();
        Assert.Null(await gate.EnterAsync(TimeSpan.Zero, CancellationToken.None));

        List<double> turns = [];
        for (var feed = 0; feed < 1_000; feed++) turns.Add(((await gate.EnterAsync(TimeSpan.Zero, CancellationToken.None))!.Value - started).TotalSeconds);

        Assert.Equal(Enumerable.Range(1, 1_000).Select(turn => (double)turn), turns);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await gate.EnterAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public async Task A_door_that_is_shut_opens_to_one_after_the_other()
    {
        var clock = new ManualClock();
        using var gate = new HostGate("shut.example:443", new() { MinGap = TimeSpan.FromSeconds(1) }, clock);
        gate.Pause(TimeSpan.FromHours(1));
        var opens = clock.GetUtcNow().AddHours(1);

        var turns = new List<DateTimeOffset?>();
        for (var feed = 0; feed < 3; feed++) turns.Add(await gate.EnterAsync(TimeSpan.FromSeconds(15), CancellationToken.None));

        Assert.Equal([opens, opens.AddSeconds(1), opens.AddSeconds(2)], turns);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_shuts_no_door()
    {
        var clock = new ShiftedClock();
        using var gate = new HostGate("plain.example:443", new() { MinGap = TimeSpan.FromMilliseconds(1) }, clock);
        Assert.Null(await gate.EnterAsync(TimeSpan.FromMinutes(1), CancellationToken.None));

        clock.Advance(TimeSpan.FromHours(-1));

        Assert.Null(await gate.EnterAsync(TimeSpan.FromMinutes(1), CancellationToken.None));
    }
}
