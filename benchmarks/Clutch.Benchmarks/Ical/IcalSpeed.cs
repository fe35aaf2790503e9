using System.Buffers;
using System.Globalization;
using Clutch.Benchmarks.Results;
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

    private const string ScanOnly = "scan: tokenise and hash";
    private const string Streamed = "read, streamed, all common values";
    private const string Whole = "read the whole calendar, all common values";
    private const string Writing = "write";

    private static readonly ReadOptions NoLimits = new() { Limits = ReadLimits.None };

    /// <summary>Prints the tables.</summary>
    public static async Task RunAsync(BenchmarkOptions options)
    {
        var feed = SpeedFeed.Create(EventCount);
        options.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"One calendar of {feed.Length:N0} bytes, {EventCount:N0} events, {feed.AsSpan().Count((byte)'\n'):N0} lines."));
        options.Output.WriteLine();
        await ReadAndWriteAsync(options, feed);
        await ExpandAsync(options);
    }

    private static async Task ReadAndWriteAsync(BenchmarkOptions options, byte[] feed)
    {
        var output = options.Output;
        var calendar = CalendarReader.Read(feed, NoLimits).Calendars[0];
        var target = new ArrayBufferWriter<byte>(feed.Length * 2);
        var comparison = new Comparison(output, "P8 Read and write one calendar of 50 MB")
            .Add("find the line ends", () => Measurement.OfAsync(EventCount, () => Done(FindLineEnds(feed))))
            .Add(ScanOnly, () => Measurement.OfAsync(EventCount, () => Done(Scan(feed))))
            .Add(Streamed, () => Measurement.OfAsync(EventCount, () => Done(ReadStreamed(feed))))
            .Add("read the whole calendar", () => Measurement.OfAsync(EventCount, () => Done(CalendarReader.Read(feed, NoLimits).Calendars.Count)))
            .Add(Whole, () => Measurement.OfAsync(EventCount, () => Done(ReadAll(feed))))
            .Add(Writing, () => Measurement.OfAsync(EventCount, () => Done(Write(calendar, target))));
        using var libical = LibicalRival.TryBuild(feed);
        if (libical is null) output.WriteLine("libical is not installed (package libical-dev and a C compiler): left out.");
        else
        {
            comparison.Add("libical: parse", () => libical.RunAsync("parse", EventCount));
            comparison.Add("libical: write", () => libical.RunAsync("write", EventCount));
        }

        (await comparison.RunAsync(options.Runs)).Write();
        WriteMegabytes(output, comparison, feed.Length);
        AddAims(options.Aims, comparison, feed.Length);
    }

    private static void WriteMegabytes(TextWriter output, Comparison comparison, int bytes)
    {
        output.WriteLine("| variant | MB/s, median (min-max) | events/s | bytes allocated an event |");
        output.WriteLine("| --- | --- | ---: | ---: |");
        foreach (var name in comparison.Names)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Megabytes(comparison, name, bytes).Text("N0")} | {comparison.ItemsPerSecond(name).Median:N0} | {comparison.BytesPerItem(name, "N0")} |"));
        output.WriteLine();
    }

    private static void AddAims(Aims aims, Comparison comparison, int bytes)
    {
        aims.AtLeast(ScanOnly, 400, Megabytes(comparison, ScanOnly, bytes).Median, " MB/s");
        foreach (var reading in (string[])[Streamed, Whole])
        {
            aims.AtLeast(reading, 150, Megabytes(comparison, reading, bytes).Median, " MB/s");
            aims.AtLeast(reading, 500_000, comparison.ItemsPerSecond(reading).Median, " events/s");
            aims.AtMost($"{reading}: memory allocated against the file's size", 1, Spread.Of(comparison.Of(reading).Select(run => run.BytesPerItem * run.Items / bytes)).Median);
        }

        aims.AtLeast(Writing, 200, Megabytes(comparison, Writing, bytes).Median, " MB/s");
    }

    private static Spread Megabytes(Comparison comparison, string name, int bytes) => Spread.Of(comparison.Of(name).Select(run => bytes / run.Seconds / 1e6));

    private static async Task ExpandAsync(BenchmarkOptions options)
    {
        (string Rule, int Count, int Times, double Aim)[] rules =
        [
            ("DAILY", 20_000, 20, 1_000_000),
            ("WEEKLY;BYDAY=MO,WE,FR", 20_000, 20, 1_000_000),
            ("MONTHLY;BYDAY=-1FR", 5_000, 40, 300_000),
            ("MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 5_000, 40, 300_000),
            ("YEARLY;BYMONTH=3;BYDAY=2SU", 5_000, 40, 300_000),
        ];
        var comparison = new Comparison(options.Output, "P8 Expand a rule in Europe/Berlin, occurrences a second");
        foreach (var (rule, count, times, _) in rules)
            comparison.Add(rule, () => Expansion($"FREQ={rule}", count, times));
        (await comparison.RunAsync(options.Runs)).Write();
        foreach (var (rule, _, _, aim) in rules)
            options.Aims.AtLeast($"expand {rule}", aim, comparison.ItemsPerSecond(rule).Median, " occurrences/s");
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
