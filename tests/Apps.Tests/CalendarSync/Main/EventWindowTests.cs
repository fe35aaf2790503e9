using CalendarSync.Events;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>Between which instants an event lies, as the index has it.</summary>
public sealed class EventWindowTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Fact]
    public void A_window_begins_with_a_listed_date_before_the_start_and_ends_with_the_last_instance()
    {
        var window = WindowOf(Series("FREQ=WEEKLY;COUNT=3", Start - Duration.FromDays(10)), new StepBudget(1_000));

        Assert.Equal(Of(Start - Duration.FromDays(10)), window.From);
        Assert.Equal(Of(Start + Duration.FromDays(14)), window.To);
    }

    [Theory]
    [InlineData("FREQ=WEEKLY;UNTIL=20260316T090000Z", "FREQ=DAILY", -1)]
    [InlineData("FREQ=WEEKLY;UNTIL=20260316T090000Z", "FREQ=MONTHLY;COUNT=2", 31)]
    public void A_window_reaches_to_the_end_of_the_last_of_several_rules(string rule, string other, int days)
    {
        var series = Series(rule);
        series.Add(CalendarProperty.OfRaw("RRULE", other));

        var window = WindowOf(series, new StepBudget(100_000));

        Assert.Equal(days < 0 ? EventWindow.Endless : Of(Start + Duration.FromDays(days)), window.To);
    }

    [Fact]
    public void Once_the_steps_are_used_up_what_must_be_searched_for_may_be_anywhere()
    {
        var spent = new StepBudget(0);

        Assert.Equal(new EventWindow(DateTimeOffset.MinValue, EventWindow.Endless), WindowOf(Series("FREQ=MONTHLY;COUNT=3", Start - Duration.FromDays(10)), spent));
        Assert.Equal(new EventWindow(Of(Start), EventWindow.Endless), WindowOf(Series("FREQ=MONTHLY;COUNT=3"), spent));
        Assert.Equal(new EventWindow(Of(Start), Of(Start)), WindowOf(Series(null), spent));
    }

    [Theory]
    [InlineData("FREQ=WEEKLY;INTERVAL=2;COUNT=3", 28)]
    [InlineData("FREQ=DAILY;COUNT=5000", 4_999)]
    [InlineData("FREQ=DAILY;INTERVAL=10000;COUNT=2000000000", -1)]
    public void The_last_of_so_many_days_or_weeks_is_found_without_a_search(string rule, int days)
    {
        var window = WindowOf(Series(rule), new StepBudget(0));

        if (days < 0) Assert.Equal(EventWindow.Endless, window.To);
        else Assert.InRange(window.To, Of(Start + Duration.FromDays(days)), Of(Start + Duration.FromDays(days + 2)));
    }

    private static CalendarEvent Series(string? rule, params Instant[] listed)
    {
        var series = new CalendarEvent { Uid = "a", Start = CalendarTime.OfInstant(Start), RecurrenceRule = rule is null ? null : RecurrenceRule.Parse(rule) };
        if (listed.Length > 0)
            series.Add(CalendarProperty.OfTimes("RDATE", [.. listed.Select(CalendarTime.OfInstant)]));
        return series;
    }

    private static EventWindow WindowOf(CalendarEvent series, StepBudget steps)
    {
        var zones = new ZoneResolver(DateTimeZone.Utc);
        return EventWindow.Of(series, zones, EventSpan.Of(series, zones)!.Value, steps);
    }

    private static DateTimeOffset Of(Instant instant) => instant.ToDateTimeOffset();
}
