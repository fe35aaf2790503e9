using System.Globalization;
using Clutch.Scheduling;
using Clutch.Scheduling.Stored;
using Clutch.Scheduling.Times;
using Clutch.Testing;
using Quartz.Extensibility;

namespace Clutch.Server.Tests.Schedules;

/// <summary>What each kind of schedule does when the clock is set: Berlin on 2027-03-28 (02:00 to 03:00) and 2027-10-31 (03:00 back to 02:00), New York on 2027-03-14 and 2027-11-07.</summary>
public sealed class ClockChangeTests
{
    [Theory]
    [InlineData("30 2 * * *", "Europe/Berlin", "2027-03-27T00:00Z", "27T01:30 28T01:00 29T00:30")] // 02:30 CET, then the end of the gap, then 02:30 CEST
    [InlineData("30 2 * * *", "Europe/Berlin", "2027-10-30T00:00Z", "30T00:30 31T00:30 01T01:30")] // twice on the wall, run the first time only
    [InlineData("0 * * * *", "Europe/Berlin", "2027-03-28T00:00Z", "28T01:00 28T02:00 28T03:00")] // hourly: no hour of real time is left out
    [InlineData("0 * * * *", "Europe/Berlin", "2027-10-31T00:00Z", "31T01:00 31T02:00 31T03:00")] // hourly: both hours named 02:00 have their run
    [InlineData("30 2 * * *", "America/New_York", "2027-03-13T00:00Z", "13T07:30 14T07:00 15T06:30")]
    [InlineData("30 1 * * *", "America/New_York", "2027-11-06T00:00Z", "06T05:30 07T05:30 08T06:30")]
    [InlineData("30 1 * * *", "America/New_York", "2027-11-07T06:10Z", "08T06:30 09T06:30 10T06:30")] // looked at between the two 01:30: the first was the day's
    [InlineData("0 3 * * *", "America/New_York", "2027-03-13T00:00Z", "13T08:00 14T07:00 15T07:00")] // beside the gap: 03:00 is 03:00
    [InlineData("0 2 * * *", "UTC", "2027-03-27T00:00Z", "27T02:00 28T02:00 29T02:00")]
    public void Cron_fires_at(string expression, string zone, string from, string expected)
    {
        var firings = SchedulePreviews.Firings(Cron(expression, zone), 3, Instant(from));

        Assert.Equal(expected.Split(' '), firings.Select(firing => firing.At.ToString("dd'T'HH:mm", CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2027-03-28T00:00Z")]
    [InlineData("America/New_York", "2027-11-07T04:00Z")]
    public void An_interval_does_not_look_at_the_clock_on_the_wall(string zone, string from)
    {
        var schedule = Cron("* * * * *", zone) with { Trigger = new ScheduleTrigger.Every(TimeSpan.FromHours(1)) };

        var firings = SchedulePreviews.Firings(schedule, 5, Instant(from));

        Assert.All(firings.Zip(firings.Skip(1)), pair => Assert.Equal(TimeSpan.FromHours(1), pair.Second.At - pair.First.At));
    }

    [Theory]
    [InlineData("30 2 * * *", "Europe/Berlin", "2027-03-28T00:00Z", "On 2027-03-28 the clock goes from 02:00 to 03:00: 02:30 does not exist, so it runs at 03:00.")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2027-10-31T00:00Z", "On 2027-10-31 02:30 comes twice, for the clock is set back: it runs the first time only (UTC+02:00).")]
    [InlineData("30 1 * * *", "America/New_York", "2027-11-07T00:00Z", "On 2027-11-07 01:30 comes twice, for the clock is set back: it runs the first time only (UTC-04:00).")]
    [InlineData("30 4 * * *", "Europe/Berlin", "2027-03-28T00:00Z", null)]
    [InlineData("0 * * * *", "Europe/Berlin", "2027-10-31T00:30Z", null)]
    [InlineData("0 * * * *", "Europe/Berlin", "2027-03-28T00:30Z", "On 2027-03-28 the clock goes from 02:00 to 03:00: 02:00 does not exist, so it runs at 03:00.")]
    public void A_firing_says_what_the_change_does_to_it(string expression, string zone, string from, string? note) =>
        Assert.Equal(note, SchedulePreviews.Firings(Cron(expression, zone), 1, Instant(from))[0].Note);

    [Fact]
    public void A_preview_warns_of_the_changes_of_the_coming_year()
    {
        var preview = SchedulePreviews.Of(Cron("30 2 * * *", "Europe/Berlin"), 3, Instant("2026-11-24T00:00Z"));

        Assert.Equal(["On 2027-03-28", "On 2027-10-31"], preview.Notes.Select(note => note[..13]));
    }

    [Theory]
    [InlineData(MisfireRule.RunOnce, "2027-03-28T07:15", "2027-03-28T01:00")] // now, in place of 02:30, which the gap moved to 03:00 = 01:00 UTC
    [InlineData(MisfireRule.Skip, "2027-03-29T00:30", "2027-03-29T00:30")]
    [InlineData(MisfireRule.RunAll, "2027-03-27T01:30", "2027-03-27T01:30")]
    public void A_missed_night_in_Berlin_is_made_up_for_by_rule(MisfireRule rule, string firesAt, string meantFor)
    {
        var clock = new ManualClock(Instant("2027-03-26T12:00Z"));
        var definition = Cron("30 2 * * *", "Europe/Berlin") with { Misfire = rule };

        var next = NextAfterOutage(definition, clock, until: Instant("2027-03-28T07:15Z"));

        Assert.Equal(Instant(firesAt + "Z"), next);
        Assert.Equal(Instant(meantFor + "Z"), new FiringTimes(definition).MeantFor(next));
    }

    [Theory]
    [InlineData(MisfireRule.RunOnce, "2027-11-07T06:10", "2027-11-07T05:30")] // 01:30 a second time on the wall: what is made up for is the first
    [InlineData(MisfireRule.Skip, "2027-11-07T06:30", "2027-11-07T05:30")] // the second 01:30 comes, and is the same work as the first
    [InlineData(MisfireRule.RunAll, "2027-11-07T05:30", "2027-11-07T05:30")]
    public void A_missed_night_in_New_York_is_made_up_for_by_rule(MisfireRule rule, string firesAt, string meantFor)
    {
        var clock = new ManualClock(Instant("2027-11-07T00:00Z"));
        var definition = Cron("30 1 * * *", "America/New_York") with { Misfire = rule };

        var next = NextAfterOutage(definition, clock, until: Instant("2027-11-07T06:10Z"));

        Assert.Equal(Instant(firesAt + "Z"), next);
        Assert.Equal(Instant(meantFor + "Z"), new FiringTimes(definition).MeantFor(next));
    }

    [Theory]
    [InlineData(MisfireRule.RunOnce, "00:50:00", "00:45:00", "01:00:00")] // now, and then on the same grid as before
    [InlineData(MisfireRule.Skip, "01:00:00", "01:00:00", "01:15:00")]
    [InlineData(MisfireRule.RunAll, "00:15:00", "00:15:00", "00:30:00")]
    public void A_missed_interval_keeps_to_its_grid(MisfireRule rule, string firesAt, string meantFor, string then)
    {
        var start = Instant("2027-01-01T00:00Z");
        var clock = new ManualClock(start.AddMinutes(1));
        var definition = Cron("* * * * *", "UTC") with { Trigger = new ScheduleTrigger.Every(TimeSpan.FromMinutes(15)), Misfire = rule };
        var trigger = Trigger(definition, clock);

        var next = AfterOutage(trigger, clock, start.AddMinutes(50));
        trigger.Triggered(null);

        Assert.Equal([firesAt, meantFor, then], new[] { next, new FiringTimes(definition).MeantFor(next), trigger.NextFireTimeUtc!.Value }.Select(at => (at - start).ToString("c", CultureInfo.InvariantCulture)));
    }

    private static DateTimeOffset NextAfterOutage(ScheduleDefinition definition, ManualClock clock, DateTimeOffset until) => AfterOutage(Trigger(definition, clock), clock, until);

    private static DateTimeOffset AfterOutage(IOperableTrigger trigger, ManualClock clock, DateTimeOffset until)
    {
        clock.Advance(until - clock.GetUtcNow());
        // The scheduler asks this of every trigger whose time lies further back than its threshold, unless its rule is to run all.
        if (trigger.MisfireInstructionCode != (int)Quartz.CronTriggerMisfireInstruction.IgnoreMisfires)
            trigger.UpdateAfterMisfire(null);
        return trigger.NextFireTimeUtc!.Value;
    }

    private static IOperableTrigger Trigger(ScheduleDefinition definition, ManualClock clock)
    {
        var trigger = (IOperableTrigger)ScheduleTriggers.For(definition, clock)!;
        trigger.ComputeFirstFireTimeUtc(null);
        return trigger;
    }

    private static ScheduleDefinition Cron(string expression, string zone) => new()
    {
        Name = "nightly",
        JobName = "import",
        Trigger = new ScheduleTrigger.Cron(expression),
        TimeZone = zone,
    };

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
