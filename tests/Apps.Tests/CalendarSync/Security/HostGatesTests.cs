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
}
