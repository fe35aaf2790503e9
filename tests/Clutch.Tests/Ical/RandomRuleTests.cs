using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

public class RandomRuleTests
{
    private const int RuleCount = 4_000;

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
