using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Reading;
using Clutch.Ical.Writing;
using FsCheck;
using FsCheck.Fluent;

namespace Clutch.Tests.Ical;

public class RoundTripTests
{
    public static TheoryData<string> Samples => SampleFiles.Theory;

    [Fact]
    public void What_is_written_reads_as_what_it_was()
    {
        var random = new Random(TestSeed.Value);
        var calendars = new RandomCalendars(random);
        for (var number = 0; number < 3_000; number++)
        {
            var calendar = calendars.Next();
            var bytes = CalendarWriter.ToBytes(calendar);

            var read = CalendarReader.Read(bytes);

            var message = $"Seed {TestSeed.Value}, calendar {number}:\n{Encoding.UTF8.GetString(bytes)}";
            Assert.True(read.Verdict == ReadVerdict.Ok, message + string.Join('\n', read.Faults));
            AssertSame(calendar, Assert.Single(read.Calendars), message);
            Assert.True(bytes.AsSpan().SequenceEqual(CalendarWriter.ToBytes(read.Calendars[0])), message);
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_written_and_read_again_is_the_same_and_then_the_same_bytes(string name)
    {
        foreach (var calendar in CalendarReader.Read(SampleFiles.Read(name)).Calendars)
        {
            var written = CalendarWriter.ToBytes(calendar);
            var again = Assert.Single(CalendarReader.Read(written).Calendars);

            AssertSame(calendar, again, name);
            Assert.Equal(written, CalendarWriter.ToBytes(again));
        }
    }

    [Fact]
    public void Unknown_things_keep_their_place_and_spelling()
    {
        const string text = "BEGIN:VCALENDAR\r\nX-First;X-p=\"a;b\":1\r\nBEGIN:VEVENT\r\nUID:u\r\nX-Before:1\r\nBEGIN:X-Odd\r\nX-Inside:2\r\nEND:X-Odd\r\nX-After:3\r\n"
            + "DTSTART:20260302T090000Z\r\nEND:VEVENT\r\nX-LAST:4\r\nBEGIN:VSOMETHING\r\nA:b\r\nEND:VSOMETHING\r\nEND:VCALENDAR\r\n";

        var calendar = CalendarReader.Read(Encoding.UTF8.GetBytes(text)).Calendars[0];

        Assert.Equal(text, calendar.ToString());
    }

    [Fact]
    public void A_property_added_after_reading_stands_before_the_alarms()
    {
        const string text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260302T090000Z\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        var single = CalendarReader.Read(Encoding.UTF8.GetBytes(text)).Events.Single();

        single.Summary = "new";

        Assert.Equal("BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260302T090000Z\r\nSUMMARY:new\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT\r\n", single.ToString());
    }

    [Fact]
    public void A_property_added_to_a_calendar_after_reading_stands_before_its_events()
    {
        var calendar = IcalText.Read(IcalText.Event("u", "DTSTART:20260302T090000Z")).Calendars[0];

        calendar.DisplayName = "new";

        Assert.Equal("BEGIN:VCALENDAR\r\nNAME:new\r\nX-WR-CALNAME:new\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", calendar.ToString());
    }

    [Fact]
    public void An_event_that_is_taken_into_another_calendar_stands_behind_its_properties()
    {
        var single = IcalText.Read(IcalText.Event("u", "DTSTART:20260302T090000Z"), "X-LAST:1\r\n").Events.Single();
        var calendar = new Calendar("-//test//EN") { Method = "PUBLISH" };

        calendar.Add(single);

        Assert.Equal("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", calendar.ToString());
    }

    [Fact]
    public void Changing_an_event_that_was_read_changes_neither_its_order_nor_its_neighbours()
    {
        var calendar = IcalText.Read(
            IcalText.Event("a", "SUMMARY:1", "LOCATION:1", "DTSTART:20260302T090000Z", "SUMMARY:2"), IcalText.Event("b", "SUMMARY:1", "DTSTART:20260302T090000Z")).Calendars[0];
        var (first, second) = (calendar.Events.First(), calendar.Events.Last());
        var unchanged = second.ToString();

        first.Summary = "new";
        first.Location = null;
        for (var number = 1; number <= 3; number++) first.Add(CalendarProperty.OfRaw("X-A", $"{number}"));

        Assert.Equal("BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:new\r\nDTSTART:20260302T090000Z\r\nX-A:1\r\nX-A:2\r\nX-A:3\r\nEND:VEVENT\r\n", first.ToString());
        Assert.Equal(3, first.RemoveProperties("x-a"));
        Assert.Equal(0, first.RemoveProperties("x-a"));
        Assert.Equal(["UID:a", "SUMMARY:new", "DTSTART:20260302T090000Z"], first.Properties.Select(property => property.ToString()));
        Assert.Equal("SUMMARY:new", first.Properties[1].ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => first.Properties[3]);
        Assert.Equal(unchanged, second.ToString());
    }

    [Fact]
    public void A_parameter_of_any_length_stays_as_it_is()
    {
        var line = $"X-A;P=\"{new string('p', 70_000)}\":value";

        var single = CalendarReader.Read(IcalText.Feed(IcalText.Event("u", "DTSTART:20260302T090000Z", line)), new() { Limits = ReadLimits.None }).Events.Single();

        Assert.Equal(line, single.FindProperty("X-A")?.ToString());
        Assert.Equal("value", single.FindProperty("X-A")?.RawValue);
    }

    [Fact]
    public void Any_text_stays_one_value() => Check(text =>
    {
        var single = new CalendarEvent { Summary = text };

        var lines = single.ToString().Replace("\r\n ", "", StringComparison.Ordinal).Split("\r\n");

        Assert.Equal(4, lines.Length);   // BEGIN, SUMMARY, END, and nothing after the last line end
        Assert.Equal(Plain(text), single.Summary ?? "");
    });

    [Fact]
    public void Any_parameter_value_stays_one_value() => Check(text =>
    {
        var property = CalendarProperty.OfRaw("X-A", "value", new PropertyParameter("P", text), new PropertyParameter("Q", "q"));

        Assert.Equal(Plain(text), property.FindParameter("P"));
        Assert.Equal("q", property.FindParameter("Q"));
        Assert.Equal("value", property.RawValue);
    });

    private static void Check(Action<string> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithReplay((ulong)TestSeed.Value, 1), Prop.ForAll<string?>(text => property(Valid(text))));

    /// <summary>A lone half of a surrogate pair is no text: UTF-8 has no bytes for it.</summary>
    private static string Valid(string? text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));

    private static string Plain(string text) =>
        new([.. text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Where(character => character is '\n' or '\t' or >= ' ')]);

    private static void AssertSame(CalendarComponent expected, CalendarComponent actual, string message)
    {
        Assert.True(string.Equals(expected.Name, actual.Name, StringComparison.OrdinalIgnoreCase) && expected.GetType() == actual.GetType(), message);
        Assert.True(expected.Properties.SequenceEqual(actual.Properties), message);
        Assert.True(expected.Components.Count == actual.Components.Count, message);
        for (var at = 0; at < expected.Components.Count; at++) AssertSame(expected.Components[at], actual.Components[at], message);
    }
}
