using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

public class RandomRuleTests
{
    private const int RuleCount = 4_000;

    private static readonly byte[] Jump = IcalText.Feed(
        "BEGIN:VTIMEZONE\r\nTZID:Jump\r\nBEGIN:STANDARD\r\nDTSTART:20111230T000000\r\nTZOFFSETFROM:-1800\r\nTZOFFSETTO:+1800\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n");

    [Fact]
    public void Expansion_equals_a_slow_and_obvious_one_on_random_rules()
    {
        var random = new Random(TestSeed.Value);
        var rules = new RandomRules(random);
        var compared = 0;
        for (var number = 0; number < RuleCount; number++)
        {
            var (rule, start) = (rules.Next(), Start(random));
            var end = EndFor(rule, start);

            var expected = WithStart(SlowRecurrence.Expand(rule, start, end), start).Take(200).ToList();
            var actual = Expand(rule, start, end).Take(200).ToList();

            Assert.True(expected.SequenceEqual(actual), $"Seed {TestSeed.Value}, rule {number}: {rule} from {start:s}\nexpected {Show(expected)}\nactual   {Show(actual)}");
            compared += expected.Count;
        }

        Assert.True(compared > RuleCount * 2, $"Only {compared} instances were compared: the rules say too little.");
    }

    [Fact]
    public void Seeking_to_a_window_finds_what_walking_there_finds()
    {
        var random = new Random(TestSeed.Value + 1);
        var rules = new RandomRules(random);
        for (var number = 0; number < RuleCount / 2; number++)
        {
            var (rule, start) = (rules.Next(), Start(random));
            var end = EndFor(rule, start);
            var from = start + ((end - start) * random.NextDouble());

            var walked = Expand(rule, start, end).SkipWhile(moment => moment < Floor(from)).Take(50).ToList();
            var sought = Expand(rule, start, end, Floor(from)).Take(50).ToList();

            Assert.True(walked.SequenceEqual(sought), $"Seed {TestSeed.Value + 1}, rule {number}: {rule} from {start:s}, window {from:s}\nwalked {Show(walked)}\nsought {Show(sought)}");
        }
    }

    // Apia left out 30 December 2011; the file's zone jumps by as much as a zone can.
    [Theory]
    [InlineData("Pacific/Apia")]
    [InlineData("America/Asuncion")]
    [InlineData("Jump")]
    public void The_end_of_a_window_cuts_off_nothing_that_begins_before_it(string zone)
    {
        var random = new Random(TestSeed.Value + 3);
        var rules = new RandomRules(random);
        var zones = ZoneResolver.For(CalendarReader.Read(Jump).Calendars[0]);
        var (gap, everywhere) = (new LocalDateTime(2011, 12, 30, 0, 0), new OccurrenceWindow(Instant.FromUtc(2000, 1, 1, 0, 0), Instant.FromUtc(2012, 2, 1, 0, 0)));
        for (var number = 0; number < RuleCount / 8; number++)
        {
            var rule = rules.Next();
            var single = new CalendarEvent { Uid = "random", Start = CalendarTime.OfZoned(gap.PlusHours(random.Next(-100, 24)), zone), RecurrenceRule = rule };
            var end = Instant.FromUtc(2011, 12, 28, 0, 0) + Duration.FromMinutes(random.Next(7 * 24 * 60));
            var series = new EventSeries("random", [single]);

            var expected = series.Occurrences(zones, everywhere).Select(each => each.StartInstant).TakeWhile(start => start < end).Take(200).ToList();
            var actual = series.Occurrences(zones, everywhere with { To = end }).Select(each => each.StartInstant).Take(200).ToList();

            Assert.True(expected.SequenceEqual(actual), $"Seed {TestSeed.Value + 3}, rule {number}: {rule} from {single.Start} to {end}");
        }
    }

    [Fact]
    public void A_rule_survives_being_written_and_read()
    {
        var random = new Random(TestSeed.Value + 2);
        var rules = new RandomRules(random);
        for (var number = 0; number < RuleCount; number++)
        {
            var rule = rules.Next();

            Assert.Equal(rule, RecurrenceRule.Parse(rule.ToString()));
        }
    }

    private static DateTime Floor(DateTime moment) => new(moment.Ticks - (moment.Ticks % TimeSpan.TicksPerSecond));

    private static DateTime Start(Random random) =>
        new DateTime(1996, 1, 1).AddDays(random.Next(4_000)).AddHours(random.Next(24)).AddMinutes(random.Next(60)).AddSeconds(random.Next(60));

    private static DateTime EndFor(RecurrenceRule rule, DateTime start) => rule.Frequency switch
    {
        RecurrenceFrequency.Yearly => start.AddYears(6),
        RecurrenceFrequency.Monthly => start.AddYears(3),
        RecurrenceFrequency.Weekly or RecurrenceFrequency.Daily => start.AddYears(2),
        RecurrenceFrequency.Hourly => start.AddDays(200),
        RecurrenceFrequency.Minutely => start.AddDays(10),
        _ => start.AddHours(6),
    };

    /// <summary>DTSTART is the first instance, whether the rule names it or not.</summary>
    private static IEnumerable<DateTime> WithStart(IEnumerable<DateTime> moments, DateTime start) => moments.Where(moment => moment != start).Prepend(start);

    private static IEnumerable<DateTime> Expand(RecurrenceRule rule, DateTime start, DateTime end, DateTime? from = null)
    {
        var zones = new ZoneResolver(DateTimeZone.Utc);
        var single = new CalendarEvent { Uid = "random", Start = CalendarTime.OfInstant(InstantOf(start)), RecurrenceRule = rule };
        var window = new OccurrenceWindow(InstantOf(from ?? start), InstantOf(end));
        return new EventSeries("random", [single]).Occurrences(zones, window).Select(occurrence => occurrence.StartInstant.ToDateTimeUtc());
    }

    private static Instant InstantOf(DateTime moment) => Instant.FromDateTimeUtc(DateTime.SpecifyKind(moment, DateTimeKind.Utc));

    private static string Show(IEnumerable<DateTime> moments) => string.Join(' ', moments.Take(12).Select(moment => $"{moment:s}"));
}
