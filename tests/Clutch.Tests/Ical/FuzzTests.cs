using System.Diagnostics;
using System.Globalization;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;
using Xunit.Abstractions;

namespace Clutch.Tests.Ical;

/// <summary>Mutated samples and random bytes: reading, expanding and writing must neither throw nor hang, and must agree with itself.</summary>
/// <remarks>CLUTCH_FUZZ_CASES raises the number of cases, CLUTCH_TEST_SEED changes them.</remarks>
public class FuzzTests(ITestOutputHelper output)
{
    private static readonly int CaseCount =
        int.TryParse(Environment.GetEnvironmentVariable("CLUTCH_FUZZ_CASES"), CultureInfo.InvariantCulture, out var count) ? count : 120_000;

    private static readonly byte[][] Seeds = [.. SampleFiles.Names.Select(SampleFiles.Read).Where(feed => feed.Length is > 0 and < 6_000)];

    [Fact]
    public void No_bytes_make_reading_expanding_or_writing_fail()
    {
        output.WriteLine($"Seed {TestSeed.Value}, {CaseCount} cases.");
        var verdicts = new int[Enum.GetValues<ReadVerdict>().Length];
        var workers = Math.Max(1, Environment.ProcessorCount);

        Parallel.For(0, workers, worker =>
        {
            var mutator = new Mutator(new Random(TestSeed.Value + worker), Seeds);
            for (var number = worker; number < CaseCount; number += workers)
            {
                var feed = mutator.Next();
                try { Interlocked.Increment(ref verdicts[(int)Exercise(feed, isThorough: number % 16 == 0)]); }
                catch (Exception fault) { throw new UnreachableException($"Seed {TestSeed.Value}, worker {worker}, case {number}: {Convert.ToBase64String(feed)}", fault); }
            }
        });

        output.WriteLine($"Ok {verdicts[0]}, partial {verdicts[1]}, rejected {verdicts[2]}.");
        Assert.All(verdicts, count => Assert.True(count > CaseCount / 100, "The mutations are too tame or too wild to say anything."));
    }

    private static ReadVerdict Exercise(byte[] feed, bool isThorough)
    {
        var result = CalendarReader.Read(feed);
        foreach (var calendar in result.Calendars)
        {
            Expand(calendar);
            var bytes = CalendarWriter.ToBytes(calendar);
            if (isThorough) AssertStable(bytes);
        }

        if (isThorough) Assert.Equal(ReadDigest.Of(result), ReadDigest.Of(ReadDigest.ReadInPieces(feed, 5)));
        return result.Verdict;
    }

    private static void Expand(Clutch.Ical.Components.Calendar calendar)
    {
        var zones = ZoneResolver.For(calendar);
        var window = new OccurrenceWindow(Instant.FromUtc(2026, 1, 1, 0, 0), Instant.FromUtc(2027, 1, 1, 0, 0));
        var limits = new ExpansionLimits { Occurrences = 20, CountedInstances = 100, StepsWithoutHit = 300 };
        foreach (var series in EventSeries.Group(calendar.Events, zones))
        {
            var ordered = Instant.MinValue;
            foreach (var occurrence in series.Expand(zones, window, limits).Occurrences)
            {
                Assert.True(occurrence.StartInstant >= ordered, "The occurrences are not in order.");
                Assert.True(occurrence.EndInstant >= occurrence.StartInstant, "An occurrence ends before it starts.");
                _ = occurrence.End.ToString() + occurrence.RecurrenceId + occurrence.Event.Summary;
                ordered = occurrence.StartInstant;
            }
        }
    }

    private static void AssertStable(byte[] written)
    {
        var again = CalendarReader.Read(written);
        if (again.Verdict != ReadVerdict.Reject) Assert.Equal(written, CalendarWriter.ToBytes(Assert.Single(again.Calendars)));
        else Assert.Fail($"What was written is refused: {again.Rejection}");
    }
}
