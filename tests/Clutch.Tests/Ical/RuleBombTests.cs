using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

/// <summary>Rules made to hold a process: bounded by the steps they may take, which are counted here, and not by a clock.</summary>
public class RuleBombTests
{
    private static readonly OccurrenceWindow TwoYears = IcalText.Years(2026, 2028);

    [Fact]
    public void The_sample_of_bombs_expands_over_two_years_in_few_steps()
    {
        var calendar = CalendarReader.Read(SampleFiles.Read("46-rrule-bombs.ics")).Calendars[0];
        var zones = ZoneResolver.For(calendar);

        var expansions = EventSeries.Group(calendar.Events, zones).ToDictionary(series => series.Id, series => series.Expand(zones, TwoYears));

        Assert.All(expansions.Values, expansion => Assert.InRange(expansion.StepCount, 0, 500_000));
        Assert.Equal(ExpansionEnd.TooManyOccurrences, expansions["bomb1"].EndedBy);   // every second
        Assert.Single(expansions["bomb2"].Occurrences);                              // 30 February: DTSTART only
        Assert.Equal(730, expansions["bomb3"].Occurrences.Count);                    // two years of days, far below its COUNT
        Assert.Single(expansions["bomb4"].Occurrences);                              // COUNT=1
        Assert.Equal(ExpansionEnd.GaveUp, expansions["bomb5"].EndedBy);              // it excludes itself
        Assert.Single(expansions["fine"].Occurrences);
    }

    [Theory]
    [InlineData("FREQ=SECONDLY;COUNT=3;BYMONTH=1,3")]
    [InlineData("FREQ=WEEKLY;COUNT=3;BYWEEKNO=20")]
    [InlineData("FREQ=DAILY;BYMONTHDAY=-1,-2;COUNT=3")]
    [InlineData("FREQ=SECONDLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=23;BYMINUTE=59;BYSECOND=59;COUNT=3")]
    [InlineData("FREQ=MINUTELY;INTERVAL=7;BYDAY=SU;BYHOUR=3;COUNT=3")]
    public void Rules_that_hold_other_programs_for_minutes_take_few_steps(string rule)
    {
        var expansion = IcalText.Expand(IcalText.Years(2020, 2100), null, IcalText.Event("a", "DTSTART:20260102T000000Z", "RRULE:" + rule));

        Assert.Equal(3, expansion.Occurrences.Count);
        Assert.InRange(expansion.StepCount, 1, 3_000);
    }

    [Theory]
    [InlineData("FREQ=YEARLY;RSCALE=GREGORIAN;BYMONTH=3;BYWEEKNO=-53")]
    [InlineData("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31")]
    [InlineData("FREQ=SECONDLY;INTERVAL=2;BYSECOND=1")]
    [InlineData("FREQ=HOURLY;INTERVAL=24;BYHOUR=5")]
    [InlineData("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2")]
    public void A_rule_that_names_nothing_ends(string rule)
    {
        var expansion = IcalText.Expand(IcalText.Years(2026, 9999), null, IcalText.Event("a", "DTSTART:20260101T000000Z", "RRULE:" + rule));

        Assert.Single(expansion.Occurrences);
        Assert.InRange(expansion.StepCount, 1, 100_003);
    }

    [Fact]
    public void A_window_far_away_is_reached_by_arithmetic()
    {
        var expansion = IcalText.Expand(IcalText.Years(2526, 2527), new() { Occurrences = 10 }, IcalText.Event("a", "DTSTART:19700101T000000Z", "RRULE:FREQ=SECONDLY"));

        Assert.Equal(10, expansion.Occurrences.Count);
        Assert.Equal(Instant.FromUtc(2526, 1, 1, 0, 0), expansion.Occurrences[0].StartInstant);
        Assert.InRange(expansion.StepCount, 10, 100);
    }

    [Fact]
    public void A_count_beyond_the_limit_is_followed_to_the_limit_and_says_so()
    {
        var expansion = IcalText.Expand(IcalText.Years(2026, 2099), new() { Occurrences = 100_000 }, IcalText.Event("a", "DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;COUNT=2147483647"));

        Assert.Equal(10_000, expansion.Occurrences.Count);
        Assert.Equal(ExpansionEnd.GaveUp, expansion.EndedBy);
    }

    [Fact]
    public void The_cross_product_of_all_times_is_never_made()
    {
        var all = $"BYHOUR={List(24)};BYMINUTE={List(60)};BYSECOND={List(60)}";

        var expansion = IcalText.Expand(TwoYears, new() { Occurrences = 3 }, IcalText.Event("a", "DTSTART:20251231T235959Z", $"RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{all};BYSETPOS=-1,366"));

        // Of a year of 31 million seconds the 366th and the last.
        Assert.Equal(["2026-01-01T00:06:05Z", "2026-12-31T23:59:59Z", "2027-01-01T00:06:05Z"], expansion.Occurrences.Select(occurrence => occurrence.Start.ToString()));
        Assert.InRange(expansion.StepCount, 1, 20);
    }

    private static string List(int count) => string.Join(',', Enumerable.Range(0, count));
}
