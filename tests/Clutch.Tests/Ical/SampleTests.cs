using System.Globalization;
using System.Text.Json;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Tests.Ical;

public class SampleTests
{
    public static TheoryData<string> Samples => SampleFiles.Theory;

    [Fact]
    public void Every_sample_has_an_expectation_and_the_other_way_round() =>
        Assert.Equal(SampleFiles.Expected.EnumerateObject().Select(sample => sample.Name).Order(StringComparer.Ordinal), SampleFiles.Names);

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_reads_as_expected(string name)
    {
        var expected = SampleFiles.Expected.GetProperty(name);

        var result = CalendarReader.Read(SampleFiles.Read(name));

        Assert.Equal(expected.GetProperty("verdict").GetString(), result.Verdict.ToString().ToLowerInvariant());
        Assert.Equal(expected.GetProperty("events").GetInt32(), result.Events.Count());
        Assert.Equal(expected.GetProperty("skipped").GetInt32(), result.SkippedCount);
        // Of a refused feed only the reason matters.
        if (result.Verdict != ReadVerdict.Reject) Assert.Equal(Strings(expected.GetProperty("warnings")), Warnings(result));
        foreach (var check in expected.GetProperty("check").EnumerateArray()) Check(result, check);
    }

    private static void Check(ReadResult result, JsonElement check)
    {
        var calendar = result.Calendars[0];
        var zones = ZoneResolver.For(calendar);
        var events = result.Events.Where(candidate => check[0].GetString() is "*" || candidate.Uid == check[0].GetString()).ToList();
        Assert.NotEmpty(events);
        var first = events[0];
        var series = new EventSeries("x", events);

        switch (check[1].GetString())
        {
            case "start": Assert.Equal(check[2].GetString(), Show(first.Start!.Value, zones)); break;
            case "end": Assert.Equal(check[2].GetString(), Show(EventSpan.Of(first, zones)!.Value.End, zones)); break;
            case "summary": Assert.Equal(check[2].GetString(), first.Summary); break;
            case "description": Assert.Equal(check[2].GetString(), first.Description); break;
            case "location": Assert.Equal(check[2].GetString(), first.Location); break;
            case "status": Assert.Equal(check[2].GetString(), first.Status); break;
            case "categories": Assert.Equal(Strings(check[2]), first.Categories); break;
            case "count": Assert.Equal(check[2].GetInt32(), series.Occurrences(zones).Count()); break;
            case "occurrences": Assert.Equal(Strings(check[2]), series.Occurrences(zones).Take(100).Select(occurrence => Show(occurrence.Start, zones))); break;
            case "occurrences-first":
                Assert.Equal(Strings(check[2]), series.Occurrences(zones).Take(check[2].GetArrayLength()).Select(occurrence => Show(occurrence.Start, zones)));
                break;
            default: Assert.Fail($"Unknown check '{check[1]}'."); break;
        }
    }

    private static string Show(CalendarTime time, ZoneResolver zones) => time.Kind switch
    {
        CalendarTimeKind.Date => "date:" + time,
        CalendarTimeKind.Floating => "floating:" + time,
        _ => zones.ToInstant(time).ToString("uuuu'-'MM'-'dd'T'HH':'mm':'ss'Z'", CultureInfo.InvariantCulture),
    };

    private static IEnumerable<string> Warnings(ReadResult result) => result.Faults
        .Where(fault => fault.Severity is FaultSeverity.Warning or FaultSeverity.Error && fault.Kind != FaultKind.ComponentSkipped)
        .Select(fault => fault.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Strings(JsonElement list) => list.EnumerateArray().Select(item => item.GetString()!);
}
