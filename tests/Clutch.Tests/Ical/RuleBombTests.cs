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

    [Theory]
    [InlineData("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA;BYSETPOS=366")]
    [InlineData("FREQ=YEARLY;COUNT=2;BYDAY=MO,TU,WE,TH,FR,SA;BYSETPOS=366")]
    [InlineData("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("FREQ=WEEKLY;BYSETPOS=2")]
    [InlineData("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("FREQ=HOURLY;INTERVAL=24;BYHOUR=5")]
    public void A_rule_that_names_nothing_is_followed_to_the_end_of_the_window_and_no_further(string rule)
    {
        var june = new OccurrenceWindow(Instant.FromUtc(2026, 6, 1, 0, 0), Instant.FromUtc(2026, 7, 1, 0, 0));

        var expansion = IcalText.Expand(june, null, IcalText.Event("a", "DTSTART:20260101T090000Z", "RRULE:" + rule));

        Assert.Empty(expansion.Occurrences);
        Assert.Equal(ExpansionEnd.Complete, expansion.EndedBy);
        Assert.InRange(expansion.StepCount, 1, 99);
    }

    [Fact]
    public void An_EXRULE_that_names_nothing_ends_with_the_window_too()
    {
        var expansion = IcalText.Expand(IcalText.Years(2026, 2027), null,
            IcalText.Event("a", "DTSTART:20260101T090000Z", "RRULE:FREQ=MONTHLY", "EXRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"));

        Assert.Equal(12, expansion.Occurrences.Count);
        Assert.InRange(expansion.StepCount, 12, 99);
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

    [Fact]
    public void Values_said_a_thousand_times_count_once()
    {
        var ones = string.Join(',', Enumerable.Repeat("1", 1_000));
        Expansion? expansion = null;

        var bytes = Allocated(() => expansion = IcalText.Expand(TwoYears, null, IcalText.Event("a", "DTSTART:20260101T000000Z", $"RRULE:FREQ=YEARLY;BYMONTH={ones};BYMONTHDAY={ones};BYSETPOS={ones}")));

        Assert.Equal(2, expansion!.Occurrences.Count);
        Assert.InRange(bytes, 1, 1_000_000);
    }

    [Fact]
    public void A_listed_period_that_lasts_for_ever_does_not_hold_back_the_rule()
    {
        var expansion = IcalText.Expand(TwoYears, new() { Occurrences = 10 }, IcalText.Event("a", "DTSTART:19700101T000000Z", "RRULE:FREQ=MINUTELY", "RDATE;VALUE=PERIOD:19700102T000030Z/99990101T000000Z"));

        Assert.Equal(["1970-01-02T00:00:30Z", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"], expansion.Occurrences.Take(3).Select(occurrence => occurrence.Start.ToString()));
        Assert.InRange(expansion.StepCount, 10, 100);
    }

    [Fact]
    public void A_series_cancelled_for_all_the_future_is_walked_no_further()
    {
        var expansion = IcalText.Expand(IcalText.Years(2026, 2100), null,
            IcalText.Event("a", "DTSTART:20260101T000000Z", "RRULE:FREQ=MINUTELY"),
            IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260101T000200Z", "DTSTART:20260101T000200Z", "STATUS:CANCELLED"));

        Assert.Equal(2, expansion.Occurrences.Count);
        Assert.Equal(ExpansionEnd.Complete, expansion.EndedBy);
        Assert.InRange(expansion.StepCount, 1, 20);
    }

    [Fact]
    public void Instances_that_are_cancelled_for_years_end_the_expansion_and_what_is_named_is_still_shown()
    {
        var expansion = IcalText.Expand(IcalText.Years(2026, 2100), null,
            IcalText.Event("a", "DTSTART:20260101T000000Z", "RRULE:FREQ=MINUTELY"),
            IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260101T000200Z", "DTSTART:20260101T000200Z", "STATUS:CANCELLED"),
            IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20990101T000000Z", "DTSTART:20990101T000000Z"),
            IcalText.Event("a", "RECURRENCE-ID:20300101T000000Z", "DTSTART:20300101T003000Z"));

        Assert.Equal(["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2030-01-01T00:30:00Z"], expansion.Occurrences.Select(occurrence => occurrence.Start.ToString()));
        Assert.Equal(ExpansionEnd.GaveUp, expansion.EndedBy);
        Assert.InRange(expansion.StepCount, 100_000, 210_000);
    }

    [Fact]
    public void An_override_that_moves_the_future_back_by_decades_fills_no_queue()
    {
        Expansion? expansion = null;

        var bytes = Allocated(() => expansion = IcalText.Expand(TwoYears, null,
            IcalText.Event("a", "DTSTART:19700101T000000Z", "RRULE:FREQ=HOURLY"),
            IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:21000101T000000Z", "DTSTART:20300101T000000Z")));

        Assert.Equal("2026-01-01T00:00:00Z", expansion!.Occurrences[0].Start.ToString());
        Assert.Equal(1_000, expansion.Occurrences.Count);
        Assert.InRange(bytes, 1, 80_000_000);
    }

    [Fact]
    public void Overrides_that_reach_into_the_window_leave_the_queue_bounded()
    {
        string[] reaching = [.. Enumerable.Range(0, 60).Select(number => IcalText.Event("a", $"RECURRENCE-ID:19{number:00}0101T000030Z", $"DTSTART:19{number:00}0101T000030Z", "DTEND:20270101T000000Z"))];
        var bytes = Allocated(() => IcalText.Expand(TwoYears, new() { StepsWithoutHit = 10_000 },
            [
                IcalText.Event("a", "DTSTART:19700101T000000Z", "RRULE:FREQ=HOURLY"),
                IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:21500101T000000Z", "DTSTART:20300101T000000Z"),
                .. reaching,
            ]));

        Assert.InRange(bytes, 1, 12_000_000);
    }

    [Theory]
    [InlineData("DAILY", "20260601T000000Z", "20260901T000000Z")]
    [InlineData("DAILY", "20260601T000000Z", "20260301T000000Z")]
    [InlineData("MINUTELY", "20260601T000000Z", "20260602T000000Z")]
    [InlineData("MINUTELY", "20260601T000000Z", "20260531T000000Z")]
    public void A_future_moved_by_a_day_or_by_months_is_shown_whole(string frequency, string from, string to)
    {
        var unit = frequency == "DAILY" ? Duration.FromDays(1) : Duration.FromMinutes(1);
        var pattern = NodaTime.Text.InstantPattern.CreateWithInvariantCulture("uuuuMMdd'T'HHmmss'Z'");
        var (first, moved, shift) = (Instant.FromUtc(2026, 1, 1, 0, 0), pattern.Parse(from).Value, pattern.Parse(to).Value - pattern.Parse(from).Value);
        var window = new OccurrenceWindow(Instant.FromUtc(2026, 5, 1, 0, 0), Instant.FromUtc(2026, 10, 1, 0, 0));
        var slow = Enumerable.Range(0, (int)((window.To + Duration.FromDays(200) - first) / unit))
            .Select(number => first + (number * unit))
            .Select(at => at < moved ? at : at + shift)
            .Where(at => at >= window.From && at < window.To).Order().ToList();

        var expansion = IcalText.Expand(window, new() { Occurrences = int.MaxValue },
            IcalText.Event("a", "DTSTART:20260101T000000Z", "RRULE:FREQ=" + frequency),
            IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:" + from, "DTSTART:" + to, "SUMMARY:moved"));

        Assert.Equal(slow, expansion.Occurrences.Select(occurrence => occurrence.StartInstant));
        Assert.Equal(ExpansionEnd.Complete, expansion.EndedBy);
    }

    [Fact]
    public void Of_a_thousand_rules_the_first_twenty_are_expanded_and_the_rest_is_told()
    {
        var rules = Enumerable.Range(1, 1_000).Select(month => $"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY={(month <= 21 ? month : 30)}");
        var feed = IcalText.Event("a", ["DTSTART:20260101T000000Z", .. rules, "EXRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=1"]);

        var expansion = IcalText.Expand(IcalText.Years(2026, 2027), null, feed);
        var fault = Assert.Single(IcalText.Read(feed).Faults);

        Assert.Equal(20, expansion.Occurrences.Count);   // DTSTART, and 2 to 20 February
        Assert.Equal((FaultKind.TooManyDates, "The event has more than 20 RRULE lines; the rest was ignored."), (fault.Kind, fault.Reason));
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string List(int count) => string.Join(',', Enumerable.Range(0, count));
}
