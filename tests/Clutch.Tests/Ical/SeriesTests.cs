using Clutch.Ical.Reading;
using Clutch.Ical.Recurrence;

namespace Clutch.Tests.Ical;

public class SeriesTests
{
    [Fact]
    public void The_start_counts_as_the_first_instance_even_where_the_rule_does_not_name_it() =>
        Assert.Equal(["2026-03-03T09:00:00Z", "2026-03-09T09:00:00Z", "2026-03-16T09:00:00Z"],
            IcalText.Starts(IcalText.Event("a", "DTSTART:20260303T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3")));

    [Fact]
    public void Count_and_until_together_end_at_whichever_comes_first()
    {
        Assert.Equal(2, IcalText.Starts(IcalText.Event("a", "DTSTART:20260303T090000Z", "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260401T000000Z")).Count());
        Assert.Equal(3, IcalText.Starts(IcalText.Event("a", "DTSTART:20260303T090000Z", "RRULE:FREQ=DAILY;COUNT=9;UNTIL=20260305T090000Z")).Count());
    }

    [Fact]
    public void Excluded_dates_count_but_are_not_shown() =>
        Assert.Equal(["2026-03-03T09:00:00Z", "2026-03-05T09:00:00Z"],
            IcalText.Starts(IcalText.Event("a", "DTSTART:20260303T090000Z", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260304T090000Z")));

    [Theory]
    [InlineData("EXDATE;VALUE=DATE:20260304")]
    [InlineData("EXDATE;TZID=Europe/Berlin:20260304T010000")]
    [InlineData("EXDATE:20260304T000000Z")]
    [InlineData("EXDATE;TZID=Asia/Seoul:20260304T090000,20270101T000000")]
    public void An_excluded_date_may_be_written_in_any_form(string line) =>
        Assert.Equal(["2026-03-03T09:00:00 Asia/Seoul", "2026-03-05T09:00:00 Asia/Seoul"],
            IcalText.Starts(IcalText.Event("a", "DTSTART;TZID=Asia/Seoul:20260303T090000", "RRULE:FREQ=DAILY;COUNT=3", line)));

    [Fact]
    public void Several_rules_and_listed_dates_make_one_set_in_order() =>
        Assert.Equal(["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z", "2026-03-05T09:00:00Z", "2026-03-06T09:00:00Z", "2026-03-09T09:00:00Z"],
            IcalText.Starts(IcalText.Event("a", "DTSTART:20260302T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2", "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=2", "RDATE:20260306T090000Z,20260303T090000Z", "RDATE:20260302T090000Z")));

    [Fact]
    public void A_rule_of_exceptions_takes_away_what_it_names() =>
        Assert.Equal(["2026-03-03T09:00:00Z", "2026-03-05T09:00:00Z", "2026-03-07T09:00:00Z"],
            IcalText.Starts(IcalText.Event("a", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=6", "EXRULE:FREQ=DAILY;INTERVAL=2")));

    [Fact]
    public void An_override_takes_the_place_of_its_instance_in_order_of_time() =>
        Assert.Equal(["2026-03-02T09:00:00Z a", "2026-03-04T09:00:00Z a", "2026-03-06T18:00:00Z moved", "2026-03-07T09:00:00Z early"],
            IcalText.Occurrences(
                IcalText.Event("a", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:a"),
                IcalText.Event("a", "RECURRENCE-ID:20260303T090000Z", "DTSTART:20260306T180000Z", "SUMMARY:moved"),
                IcalText.Event("a", "RECURRENCE-ID:20260305T090000Z", "DTSTART:20260307T090000Z", "RRULE:FREQ=DAILY", "SUMMARY:early"))
                .Select(occurrence => $"{occurrence.Start} {occurrence.Event.Summary}"));

    [Fact]
    public void An_override_for_all_the_future_moves_and_renames_what_follows() =>
        Assert.Equal(
            ["2026-03-02T09:00:00Z-2026-03-02T10:00:00Z a", "2026-03-03T09:00:00Z-2026-03-03T10:00:00Z a", "2026-03-04T13:00:00Z-2026-03-04T15:00:00Z b", "2026-03-05T13:00:00Z-2026-03-05T15:00:00Z b"],
            IcalText.Occurrences(
                IcalText.Event("a", "DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:a"),
                IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z", "DTSTART:20260304T130000Z", "DTEND:20260304T150000Z", "SUMMARY:b"))
                .Select(occurrence => $"{occurrence.Start}-{occurrence.End} {occurrence.Event.Summary}"));

    [Fact]
    public void An_override_that_moves_the_future_back_keeps_the_order() =>
        Assert.Equal(["2026-03-02T09:00:00Z a", "2026-03-03T03:00:00Z b", "2026-03-03T09:00:00Z a", "2026-03-04T03:00:00Z b"],
            IcalText.Occurrences(
                IcalText.Event("a", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:a"),
                IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z", "DTSTART:20260303T030000Z", "SUMMARY:b"))
                .Select(occurrence => $"{occurrence.Start} {occurrence.Event.Summary}"));

    [Fact]
    public void A_cancelled_future_ends_the_series() =>
        Assert.Equal(["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"],
            IcalText.Starts(
                IcalText.Event("a", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY"),
                IcalText.Event("a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z", "DTSTART:20260304T090000Z", "STATUS:CANCELLED")).Take(3));

    [Fact]
    public void The_forms_of_overrides_in_the_sample_replace_and_never_double()
    {
        var result = CalendarReader.Read(SampleFiles.Read("22-override-forms.ics"));
        var zones = Clutch.Ical.Zones.ZoneResolver.For(result.Calendars[0]);

        var series = Clutch.Ical.Occurrences.EventSeries.Group(result.Events, zones);

        Assert.Equal(["2026-03-02T09:00:00 Asia/Seoul", "2026-03-03T10:00:00 Asia/Seoul", "2026-03-04", "2026-03-05T09:00:00 Asia/Seoul"],
            series[0].Occurrences(zones).Select(occurrence => occurrence.Start.ToString()));
        Assert.Equal(["2026-03-02T09:00:00 Asia/Seoul", "2026-03-03T09:00:00 Asia/Seoul", "2026-03-04T13:00:00 Asia/Seoul", "2026-03-05T13:00:00 Asia/Seoul"],
            series[1].Occurrences(zones).Select(occurrence => occurrence.Start.ToString()));
    }

    [Theory]
    [InlineData("FREQ=YEARLY;RSCALE=CHINESE", "RSCALE=CHINESE is not supported")]
    [InlineData("FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=FORWARD", "SKIP=FORWARD is not supported")]
    [InlineData("FREQ=SOMETIMES", "FREQ=SOMETIMES has no meaning")]
    [InlineData("COUNT=3", "no FREQ")]
    [InlineData("FREQ=DAILY;COUNT=0", "COUNT=0 has no meaning")]
    [InlineData("FREQ=DAILY;BYHOUR=24", "BYHOUR=24")]
    [InlineData("FREQ=DAILY;FREQ=DAILY", "stands twice")]
    [InlineData("FREQ=DAILY;X-a=1;x-A=1", "X-A stands twice")]
    [InlineData("FREQ=DAILY;BYMONTH=", "BYMONTH= has no meaning")]
    [InlineData("FREQ=DAILY;BYDAY=MO,,TU", "BYDAY=MO,,TU has no meaning")]
    [InlineData("FREQ=DAILY;BYMONTHDAY=1,0", "BYMONTHDAY=1,0 has no meaning")]
    [InlineData("FREQ=DAILY;until=20260302T090000Z0", "UNTIL=20260302T090000Z0 has no meaning")]
    [InlineData("FREQ=DAILY;UNTIL=２０２６０３０２", "UNTIL=２０２６０３０２ has no meaning")]
    public void What_is_no_rule_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(RecurrenceRule.TryParse(text, out _, out var told));
        Assert.Contains(reason, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" ; freq = weekly ; byday = mo , -1fr ;; wkst=su; interval=2 ;until=20260401t000000z;X-OTHER=1;unknown;", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260401T000000Z;BYDAY=MO,-1FR;WKST=SU")]
    [InlineData("FREQ=YEARLY;COUNT=5;BYSECOND=0,60;BYMINUTE=59;BYHOUR=0,23;BYMONTHDAY=-31,+1;BYYEARDAY=-366;BYWEEKNO=53;BYMONTH=12,1;BYSETPOS=-1", "FREQ=YEARLY;COUNT=5;BYMONTH=12,1;BYWEEKNO=53;BYYEARDAY=-366;BYMONTHDAY=-31,1;BYHOUR=0,23;BYMINUTE=59;BYSECOND=0,60;BYSETPOS=-1")]
    public void A_rule_is_read_part_by_part_in_any_case_and_order(string text, string expected)
    {
        var read = IcalText.Read(IcalText.Event("a", "DTSTART:20260302T090000Z", $"RRULE:{text}"), IcalText.Event("b", "DTSTART:20260302T090000Z", $"RRULE:{text}{new string(' ', 300)}"));

        Assert.Equal(expected, RecurrenceRule.Parse(text).ToString());
        Assert.Equal([expected, expected], read.Events.Select(single => single.RecurrenceRule?.ToString()));
    }

    [Theory]
    [InlineData("FREQ=DAILY;RSCALE=GREGORIAN")]
    [InlineData("freq=daily;x-foo=1;")]
    [InlineData(" FREQ = DAILY ; SKIP=OMIT")]
    public void What_other_programs_write_instead_is_forgiven(string text) => Assert.Equal("FREQ=DAILY", RecurrenceRule.Parse(text).ToString());
}
