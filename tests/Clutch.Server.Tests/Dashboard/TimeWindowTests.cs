using Clutch.Server.Dashboard.Charts;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>How much time the strip of the overview shows, and where things lie in it.</summary>
public sealed class TimeWindowTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 15)]
    [InlineData(14, 15)]
    [InlineData(40, 60)]
    [InlineData(500, 720)]
    [InlineData(1_440, 1_440)]
    [InlineData(9_000, 1_440)]
    public void It_reaches_back_as_far_as_there_is_something_and_a_day_at_most(int ageMinutes, int expectedMinutes)
    {
        var window = TimeWindow.Around(Now, Now.AddMinutes(-ageMinutes), out var back);

        Assert.Equal(TimeSpan.FromMinutes(expectedMinutes), back);
        Assert.Equal((Now - back, Now + (back / 12)), (window.From, window.To));
    }

    [Fact]
    public void Places_are_percents_and_what_lies_outside_stands_at_the_edge()
    {
        var window = new TimeWindow(Now, Now.AddHours(10));

        Assert.Equal(["0%", "25%", "100%"], new[] { Now.AddHours(-1), Now.AddHours(2.5), Now.AddHours(11) }.Select(window.Place));
        Assert.Equal(["10%", "0.4%"], [window.Width(Now, Now.AddHours(1)), window.Width(Now, Now)]);
    }
}
