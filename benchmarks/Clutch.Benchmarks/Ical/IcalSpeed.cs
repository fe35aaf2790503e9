using System.Buffers;
using System.Globalization;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Benchmarks.Ical;

/// <summary>P8: how fast 200,000 events in 50 MB are scanned, read, written and expanded, against merely finding the ends of the lines and against libical.</summary>
internal static class IcalSpeed
{
    private const int EventCount = 200_000;

    private static readonly ReadOptions NoLimits = new() { Limits = ReadLimits.None };

    /// <summary>Prints the tables.</summary>
    public static async Task RunAsync(BenchmarkOptions options)
    {
        var (output, runs) = (options.Output, options.Runs);
        var feed = SpeedFeed.Create(EventCount);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"One calendar of {feed.Length:N0} bytes, {EventCount:N0} events, {feed.AsSpan().Count((byte)'\n'):N0} lines."));
        output.WriteLine();
        await ReadAndWriteAsync(output, runs, feed);
        await ExpandAsync(output, runs);
    }

    private static async Task ReadAndWriteAsync(TextWriter output, int runs, byte[] feed)
    {
        var calendar = CalendarReader.Read(feed, NoLimits).Calendars[0];
        var target = new ArrayBufferWriter<byte>(feed.Length * 2);
        var comparison = new Comparison(output, "P8 Read and write one calendar of 50 MB")
            .Add("find the line ends", () => Measurement.OfAsync(EventCount, () => Done(FindLineEnds(feed))))
            .Add("scan: tokenise and hash", () => Measurement.OfAsync(EventCount, () => Done(Scan(feed))))
            .Add("read, streamed, all common values", () => Measurement.OfAsync(EventCount, () => Done(ReadStreamed(feed))))
            .Add("read the whole calendar", () => Measurement.OfAsync(EventCount, () => Done(CalendarReader.Read(feed, NoLimits).Calendars.Count)))
            .Add("read the whole calendar, all common values", () => Measurement.OfAsync(EventCount, () => Done(ReadAll(feed))))
            .Add("write", () => Measurement.OfAsync(EventCount, () => Done(Write(calendar, target))));
        using var libical = LibicalRival.TryBuild(feed);
        if (libical is null) output.WriteLine("libical is not installed (package libical-dev and a C compiler): left out.");
        else
        {
            comparison.Add("libical: parse", () => libical.RunAsync("parse", EventCount));
            comparison.Add("libical: write", () => libical.RunAsync("write", EventCount));
        }

        (await comparison.RunAsync(runs)).Write();
        WriteMegabytes(output, comparison, feed.Length, libical is null ? [] : ["libical: parse", "libical: write"]);
    }

    private static void WriteMegabytes(TextWriter output, Comparison comparison, int bytes, IEnumerable<string> rivals)
    {
        output.WriteLine("| variant | MB/s, median (min-max) | events/s | bytes allocated an event |");
        output.WriteLine("| --- | --- | ---: | ---: |");
        string[] own = ["find the line ends", "scan: tokenise and hash", "read, streamed, all common values", "read the whole calendar", "read the whole calendar, all common values", "write"];
        foreach (var name in own.Concat(rivals))
        {
            var results = comparison.Of(name);
            var speed = Spread.Of(results.Select(run => bytes / run.Seconds / 1e6));
            var events = Spread.Of(results.Select(run => run.ItemsPerSecond)).Median;
            var allocated = Spread.Of(results.Select(run => run.BytesPerItem)).Median;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {speed.Text("N0")} | {events:N0} | {allocated:N0} |"));
        }

        output.WriteLine();
    }

    private static async Task ExpandAsync(TextWriter output, int runs)
    {
        var comparison = new Comparison(output, "P8 Expand a rule in Europe/Berlin, occurrences a second")
            .Add("DAILY", () => Expansion("FREQ=DAILY", 20_000, 20))
            .Add("WEEKLY;BYDAY=MO,WE,FR", () => Expansion("FREQ=WEEKLY;BYDAY=MO,WE,FR", 20_000, 20))
            .Add("MONTHLY;BYDAY=-1FR", () => Expansion("FREQ=MONTHLY;BYDAY=-1FR", 5_000, 40))
            .Add("MONTHLY;BYDAY=MO-FR;BYSETPOS=-1", () => Expansion("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 5_000, 40))
            .Add("YEARLY;BYMONTH=3;BYDAY=2SU", () => Expansion("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", 5_000, 40));
        (await comparison.RunAsync(runs)).Write();
    }

    private static int FindLineEnds(ReadOnlySpan<byte> feed)
    {
        var count = 0;
        for (int length; (length = feed.IndexOf((byte)'\n')) >= 0; feed = feed[(length + 1)..]) count++;
        return count;
    }

    private static int Scan(byte[] feed)
    {
        UInt128 all = 0;
        CalendarScanner.Scan(feed, (in ScannedComponent component) => all ^= component.Hash.Value, NoLimits);
        return (int)all;
    }

    private static int ReadStreamed(byte[] feed)
    {
        var total = 0;
        CalendarScanner.Scan(feed, (in ScannedComponent component) => total += LengthOfValues(component.ToEvent(), component.Zones), NoLimits);
        return total;
    }

    private static int ReadAll(byte[] feed)
    {
        var calendar = CalendarReader.Read(feed, NoLimits).Calendars[0];
        var zones = ZoneResolver.For(calendar);
        return calendar.Events.Sum(single => LengthOfValues(single, zones));
    }

    private static int LengthOfValues(CalendarEvent single, ZoneResolver zones)
    {
        var span = EventSpan.Of(single, zones)!.Value;
        return (int)(span.EndInstant - span.StartInstant).TotalSeconds + (single.Uid?.Length ?? 0) + (single.Summary?.Length ?? 0)
            + (single.Description?.Length ?? 0) + (single.Location?.Length ?? 0) + (single.RecurrenceRule?.Interval ?? 0) + (single.Sequence ?? 0);
    }

    private static int Write(CalendarComponent calendar, ArrayBufferWriter<byte> target)
    {
        target.ResetWrittenCount();
        new CalendarWriter(target).Write(calendar);
        return target.WrittenCount;
    }

    private static Task<Measurement> Expansion(string rule, int count, int times)
    {
        var zones = new ZoneResolver(DateTimeZone.Utc);
        var start = CalendarTime.OfZoned(new LocalDateTime(2000, 1, 3, 9, 0), "Europe/Berlin");
        var series = new EventSeries("x", [new CalendarEvent { Uid = "x", Start = start, Duration = new(0, 3_600), RecurrenceRule = RecurrenceRule.Parse(rule) }]);
        return Measurement.OfAsync((long)count * times, () =>
        {
            long sum = 0;
            for (var time = 0; time < times; time++)
                foreach (var occurrence in series.Occurrences(zones).Take(count)) sum += occurrence.StartInstant.ToUnixTimeSeconds() ^ occurrence.EndInstant.ToUnixTimeSeconds();
            return Done(sum);
        });
    }

    /// <summary>Uses the result, so that no compiler leaves the work out.</summary>
    private static Task Done(long result)
    {
        if (result == long.MinValue) throw new InvalidOperationException("The work gave no result.");
        return Task.CompletedTask;
    }
}
