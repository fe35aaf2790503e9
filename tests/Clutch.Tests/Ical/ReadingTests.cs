using System.IO.Pipelines;
using System.Text;
using Clutch.Ical.Reading;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Writing;
using NodaTime;

namespace Clutch.Tests.Ical;

public class ReadingTests
{
    private const string Plain = "DTSTART:20260302T090000Z";

    [Fact]
    public void Every_fault_has_its_line_and_a_reason()
    {
        var result = IcalText.Read(IcalText.Event("a", Plain, "no colon"), IcalText.Event("b", "DTSTART:tomorrow"), "END:VTODO\r\n");

        Assert.Equal(ReadVerdict.Partial, result.Verdict);
        Assert.Equal([(FaultKind.BadLine, 5), (FaultKind.ComponentSkipped, 7), (FaultKind.Nesting, 11)], result.Faults.Select(fault => (fault.Kind, fault.LineNumber)));
        Assert.All(result.Faults, fault => Assert.EndsWith(".", fault.Reason, StringComparison.Ordinal));
        Assert.Contains("'tomorrow'", result.Faults[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_numbers_count_every_kind_of_line_end_once()
    {
        var feed = Encoding.UTF8.GetBytes("BEGIN:VCALENDAR\rX:1\nX:2\r\n\r\nX:3\r\r\nX:4\n\n bad colonless\r\nnone\r\nEND:VCALENDAR\r\n");

        Assert.Equal(10, CalendarReader.Read(feed).Faults.Single().LineNumber);
    }

    [Fact]
    public void An_event_that_is_never_closed_does_not_swallow_the_next()
    {
        var result = IcalText.Read("BEGIN:VEVENT\r\nUID:open\r\n" + Plain + "\r\n", IcalText.Event("b", Plain), IcalText.Event("c", Plain));

        Assert.Equal(["open", "b", "c"], result.Events.Select(single => single.Uid));
        Assert.Equal(ReadVerdict.Partial, result.Verdict);
    }

    [Fact]
    public void One_of_several_equal_revisions_is_the_last() =>
        Assert.Equal("third", IcalText.Read(IcalText.Event("a", Plain, "SUMMARY:first"), IcalText.Event("a", Plain, "SEQUENCE:0", "SUMMARY:second"), IcalText.Event("a", Plain, "SUMMARY:third")).Events.Single().Summary);

    [Fact]
    public void A_declared_charset_is_obeyed_and_a_byte_order_mark_beats_it()
    {
        var feed = SampleFiles.Read("41-latin1.ics");
        var text = Encoding.Latin1.GetString(feed);

        Assert.Equal("Café München", CalendarReader.Read(feed, new() { Charset = Encoding.Latin1 }).Events.Single().Summary);
        Assert.Equal("Caf\uFFFD M\uFFFDnchen", CalendarReader.Read(feed).Events.Single().Summary);
        foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF8 })
            Assert.Equal("Café München", CalendarReader.Read([.. encoding.GetPreamble(), .. encoding.GetBytes(text)], new() { Charset = Encoding.Latin1 }).Events.Single().Summary);
    }

    [Fact]
    public void Control_characters_never_reach_the_caller() => Assert.Equal("abcd", CalendarReader.Read(SampleFiles.Read("42-control-chars.ics")).Events.Single().Summary);

    [Fact]
    public void A_parameter_of_control_characters_only_makes_a_bad_line()
    {
        var result = IcalText.Read("X-A;\u001d:bad\r\n", IcalText.Event("a", Plain, "X-B;\u0001=1:bad", "X-C;P=\u0001a:good"));

        Assert.Equal(2, result.CountOf(FaultKind.BadLine));
        Assert.Equal("a", result.Events.Single().FindProperty("X-C")?.FindParameter("P"));
    }

    [Fact]
    public void Texts_are_cut_at_their_limit_between_characters_and_escapes()
    {
        var limits = new ReadOptions { Limits = new() { SummaryBytes = 10, DescriptionBytes = 10 } };

        var single = CalendarReader.Read(IcalText.Feed(IcalText.Event("a", Plain, "SUMMARY:12345678🏥", "DESCRIPTION:123456789\\n tail")), limits).Events.Single();

        Assert.Equal("12345678", single.Summary);
        Assert.Equal("123456789", single.Description);
    }

    [Fact]
    public void A_huge_attachment_is_left_out_and_told_and_never_kept()
    {
        var result = CalendarReader.Read(SampleFiles.Read("25-huge-attach.ics"));

        Assert.Equal(1, result.CountOf(FaultKind.PropertyTooLong));
        Assert.Null(result.Events.Single().FindProperty("ATTACH"));
    }

    [Theory]
    [InlineData(FaultKind.TooLarge)]
    [InlineData(FaultKind.TooManyComponents)]
    [InlineData(FaultKind.TooDeep)]
    public void More_than_the_limits_is_refused(FaultKind expected)
    {
        var limits = expected switch
        {
            FaultKind.TooLarge => new ReadLimits { BodyBytes = 100 },
            FaultKind.TooManyComponents => new ReadLimits { Components = 3 },
            _ => new ReadLimits { Nesting = 2 },
        };
        var feed = IcalText.Feed(IcalText.Event("a", Plain, "BEGIN:VALARM", "END:VALARM"), IcalText.Event("b", Plain, "SUMMARY:some more bytes to be over the limit"));

        var result = CalendarReader.Read(feed, new() { Limits = limits });

        Assert.Equal(ReadVerdict.Reject, result.Verdict);
        Assert.Equal(expected, result.Rejection?.Kind);
        Assert.Empty(result.Calendars);
    }

    [Fact]
    public void A_component_too_large_loses_its_rest_and_nothing_else()
    {
        var many = Enumerable.Range(0, 20).Select(number => $"X-{number}:1");

        var result = CalendarReader.Read(IcalText.Feed(IcalText.Event("a", [Plain, .. many]), IcalText.Event("b", Plain)), new() { Limits = new() { ComponentProperties = 10 } });

        Assert.Equal(ReadVerdict.Partial, result.Verdict);
        Assert.Equal([10, 2], result.Events.Select(single => single.Properties.Count));
        Assert.Equal(1, result.CountOf(FaultKind.ComponentTooLarge));
    }

    [Fact]
    public void Faults_are_all_counted_but_only_some_are_kept()
    {
        var result = CalendarReader.Read(IcalText.Feed([.. Enumerable.Repeat("bad line\r\n", 1_000)]), new() { Limits = new() { Faults = 7 } });

        Assert.Equal(1_000, result.CountOf(FaultKind.BadLine));
        Assert.Equal(7, result.Faults.Count);
    }

    [Theory]
    [InlineData("RRULE:FREQ=DAILY;X=1;BYDAY=", "The RRULE cannot be used: BYDAY=")]
    [InlineData("EXDATE;TZID=", "Nobody knows the time zone '")]
    [InlineData("BEGIN:", "The ")]
    public void A_reason_quotes_the_feed_but_never_all_of_it(string line, string expected)
    {
        var foreign = string.Concat(Enumerable.Repeat(line.StartsWith("BEGIN", StringComparison.Ordinal) ? "xx" : "😀", 10_000));

        var faults = IcalText.Read(IcalText.Event("a", "DTSTART:20260302T090000Z", line + foreign + (line.Contains("TZID", StringComparison.Ordinal) ? ":20260302T090000" : ""))).Faults;

        var reason = Assert.Single(faults).Reason;
        Assert.StartsWith(expected, reason, StringComparison.Ordinal);
        Assert.EndsWith("…", reason, StringComparison.Ordinal);
        Assert.InRange(reason.Length, 290, 300);
        Assert.Equal(reason, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(reason)));   // no half of a surrogate pair
    }

    [Fact]
    public void Memory_does_not_grow_with_the_length_of_a_line_or_of_the_feed()
    {
        var scan = new CalendarScan((in ScannedComponent _) => { }, new() { Limits = new() { BodyBytes = long.MaxValue, Components = int.MaxValue } });
        var line = new byte[64 * 1024];
        line.AsSpan().Fill((byte)'x');
        var events = IcalText.Feed([.. Enumerable.Range(0, 500).Select(number => IcalText.Event($"{number}", Plain, "SUMMARY:text"))]);
        scan.Feed(events);
        scan.Feed("BEGIN:VCALENDAR\r\nDESCRIPTION:"u8);
        scan.Feed(line);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var count = 0; count < 1_000; count++) scan.Feed(line);
        scan.Feed("\r\nEND:VCALENDAR\r\n"u8);
        for (var count = 0; count < 50; count++) scan.Feed(events);

        // 64 MB of one line and 2 MB of events passed; a calendar's own header is all that is kept.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
        Assert.Equal(52, scan.Complete().Calendars.Count);
    }

    [Fact]
    public void Of_many_events_each_given_twice_the_latest_revision_stays()
    {
        var first = Enumerable.Range(0, 3_000).Select(number => IcalText.Event($"{number}", Plain, $"SEQUENCE:{number % 2}", "SUMMARY:first"));
        var second = Enumerable.Range(0, 3_000).Select(number => IcalText.Event($"{number}", Plain, $"SEQUENCE:{number % 3}", "SUMMARY:second"));

        var result = IcalText.Read([.. first, .. second]);

        Assert.Equal(3_000, result.CountOf(FaultKind.Duplicate));
        Assert.Equal(Enumerable.Range(0, 3_000).Select(number => (number, number % 2 > number % 3 ? "first" : "second")),
            result.Events.Select(single => (int.Parse(single.Uid!, System.Globalization.CultureInfo.InvariantCulture), single.Summary!)).Order());
    }

    [Theory]
    [InlineData("+0900", "DTEND:20260302T010000Z", new FaultKind[0], new[] { FaultKind.UnknownTimeZone, FaultKind.EndBeforeStart })]
    [InlineData("-0900", "DTEND:20260302T093000Z", new[] { FaultKind.EndBeforeStart }, new[] { FaultKind.UnknownTimeZone })]
    public void A_zone_counts_wherever_in_the_feed_it_is_defined(string offset, string end, FaultKind[] expected, FaultKind[] expectedWithout)
    {
        var zone = $"BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
        var single = IcalText.Event("a", "DTSTART;TZID=Own:20260302T090000", end);

        Assert.Equal(expected, IcalText.Read(zone, single).Faults.Select(fault => fault.Kind));
        Assert.Equal(expected, IcalText.Read(single, zone).Faults.Select(fault => fault.Kind));
        Assert.Equal(expected, IcalText.Read(IcalText.Event("b", Plain), zone, single).Faults.Select(fault => fault.Kind));
        Assert.Equal(expectedWithout, IcalText.Read(single).Faults.Select(fault => fault.Kind));
    }

    [Fact]
    public void An_event_costs_its_bytes_and_little_more()
    {
        var feed = IcalText.Feed([.. Enumerable.Range(0, 10_000).Select(number => IcalText.Event(
            $"{number:x8}-4f0c-11ee-be56@feed.example.com", "DTSTAMP:20260301T000000Z", "DTSTART;TZID=Asia/Seoul:20260302T090000", "DTEND;TZID=Asia/Seoul:20260302T103000",
            "SUMMARY:Review", "LOCATION:Room 3", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20", "STATUS:CONFIRMED"))]);

        // An object and 12 bytes a property beside the bytes; of a whole calendar also its key, its place in the list, and its rule while it is looked at.
        Assert.InRange(AllocatedBy(() => CalendarScanner.Scan(feed, (in ScannedComponent component) => component.ToEvent())), feed.Length, feed.Length * 1.75);
        Assert.InRange(AllocatedBy(() => CalendarReader.Read(feed)), feed.Length, feed.Length * 2.75);
        Assert.InRange(AllocatedBy(() => RecurrenceRule.Parse("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20;UNTIL=20260401T000000Z;X-A=1")), 1, 600);
    }

    [Fact]
    public async Task A_pipe_and_a_stream_read_like_the_bytes()
    {
        var feed = SampleFiles.Read("02-google-override-exdate.ics");
        var expected = ReadDigest.Of(CalendarReader.Read(feed));

        Assert.Equal(expected, ReadDigest.Of(await CalendarReader.ReadAsync(new MemoryStream(feed))));
        Assert.Equal(expected, ReadDigest.Of(await CalendarReader.ReadAsync(PipeReader.Create(new MemoryStream(feed), new(bufferSize: 16, minimumReadSize: 1)))));
    }

    [Fact]
    public void Refresh_hints_are_read_and_the_newer_property_wins()
    {
        Assert.Equal(Duration.FromHours(1), CalendarReader.Read(SampleFiles.Read("48-refresh-hints.ics")).RefreshInterval?.ToApproximate());
        Assert.Null(CalendarReader.Read(SampleFiles.Read("49-refresh-hint-broken.ics")).RefreshInterval);
    }

    [Theory]
    [InlineData("\r\nEND:VEVENT\r\nBEGIN:VEVENT")]
    [InlineData("a\nEND:VCALENDAR\n")]
    [InlineData("a\r b\0\u000bc;,\\")]
    public void No_text_can_leave_its_property(string hostile)
    {
        var calendar = new Clutch.Ical.Components.Calendar("-//test//EN") { DisplayName = hostile };
        calendar.Add(new Clutch.Ical.Components.CalendarEvent { Uid = hostile, Start = Clutch.Ical.Values.CalendarTime.OfDate(new(2026, 3, 2)), Summary = hostile, Categories = [hostile] });

        var read = CalendarReader.Read(CalendarWriter.ToBytes(calendar));

        Assert.Equal(ReadVerdict.Ok, read.Verdict);
        Assert.Equal(read.Events.Single().Summary, Assert.Single(read.Events.Single().Categories));
        Assert.Single(read.Calendars);
    }

    [Fact]
    public void What_is_written_as_it_is_may_hold_no_line_end()
    {
        var single = new Clutch.Ical.Components.CalendarEvent();

        Assert.Throws<ArgumentException>(() => single.Url = "https://example.com/\r\nX-EVIL:1");
        Assert.Throws<ArgumentException>(() => Clutch.Ical.Properties.CalendarProperty.OfRaw("X-A\r\nB", "1"));
        Assert.Throws<ArgumentException>(() => new Clutch.Ical.Properties.PropertyParameter("A=b", "1"));
    }

    [Fact]
    public void No_written_line_is_longer_than_75_octets_and_none_splits_a_character()
    {
        var single = new Clutch.Ical.Components.CalendarEvent { Summary = string.Concat(Enumerable.Repeat("가🏥é,", 100)) };

        var lines = Encoding.UTF8.GetString(CalendarWriter.ToBytes(single)).Split("\r\n");

        Assert.All(lines, line => Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 75));
        Assert.All(lines, line => Assert.DoesNotContain('\uFFFD', line));
        Assert.Contains(lines, line => Encoding.UTF8.GetByteCount(line) >= 72);
    }

    private static long AllocatedBy(Action action)
    {
        action();   // what is made once and kept does not count
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
