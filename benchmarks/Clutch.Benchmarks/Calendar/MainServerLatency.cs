using System.Diagnostics;
using System.Globalization;
using CalendarSync.Jobs;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Calendar;

/// <summary>P10: what does the main server's latency do while all feeds sync: not at all, inside it as the original did, inside it with our engine, in the batch process?</summary>
internal static class MainServerLatency
{
    private const int EventsPerFeed = 50;
    private const double RequestsPerSecond = 100;

    // At the pace that the program has of itself; the town's settings let it go as fast as it can.
    private static readonly string[] ImportSettings =
        ["--Calendar:Import:Tick", "00:00:00.5", "--Calendar:Import:FeedsPerSecond", new ImportOptions().FeedsPerSecond.ToString(CultureInfo.InvariantCulture)];

    /// <summary>What <c>--variants</c> can name; that nothing syncs is measured always.</summary>
    public static IReadOnlyList<string> Choices { get; } = [nameof(Way.Original), nameof(Way.Inside), nameof(Way.Batch)];

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var feeds = options.RowsOr(10_000);
        var time = TimeSpan.FromSeconds(feeds >= 10_000 ? 100 : 30);
        var warmUp = TimeSpan.FromSeconds(feeds >= 10_000 ? 15 : 5);
        await using var provider = await FeedProvider.StartAsync(feeds, EventsPerFeed, yields: true);
        await provider.WarmAsync();
        List<Situation> found = [];
        foreach (var (name, way) in ((string, Way)[])[("no sync", Way.None), ("inside, the original's way", Way.Original), ("inside, our engine", Way.Inside), ("batch process", Way.Batch)])
        {
            if (way != Way.None && !options.Takes(way.ToString())) continue;
            found.Add(await MeasureAsync(name, way, provider, warmUp, time));
            Console.Error.WriteLine(found[^1].Describe());
        }

        Write(options, feeds, time, found);
        if (options.Writes) await File.WriteAllTextAsync(Path.Combine(SourceTree.Root, "docs", "benchmarks", "calendar-latency.svg"), LatencyPicture.Draw([.. found.Select(one => (one.Name, one.WorstPerSecond))], Before.TotalSeconds));
    }

    private static async Task<Situation> MeasureAsync(string name, Way way, FeedProvider provider, TimeSpan warmUp, TimeSpan time)
    {
        await using var town = await CalendarTown.OpenAsync(provider);
        await town.ExecuteAsync("UPDATE calendar_feed SET next_due_at = now() + interval '1 hour'; VACUUM ANALYZE");
        using var main = await StartMainAsync(town, way);
        using var batch = way == Way.Batch ? town.Start("batch", ["--urls", "http://127.0.0.1:0", .. ImportSettings]) : null;
        try
        {
            await PacedLoad.RunAsync(main.Url, CalendarTown.Token, RequestsPerSecond, warmUp);
            var load = PacedLoad.RunAsync(main.Url, CalendarTown.Token, RequestsPerSecond, time);
            await Task.Delay(Before, TimeProvider.System);
            var startedAt = Stopwatch.GetTimestamp();
            if (way != Way.None) await town.ExecuteAsync("UPDATE calendar_feed SET next_due_at = now()");
            var finished = way == Way.None ? null : await WaitForFeedsAsync(town, load, startedAt);
            var answers = await load;
            return new(name, answers, finished, await town.ScalarAsync<long>("SELECT count(*) FROM calendar_feed WHERE checked_at IS NOT NULL"));
        }
        finally
        {
            await EndAsync(main.Process);
            if (batch is not null) await EndAsync(batch);
        }
    }

    private static async Task<double?> WaitForFeedsAsync(CalendarTown town, Task load, long startedAt)
    {
        while (!load.IsCompleted)
        {
            if (await town.ScalarAsync<long>("SELECT count(*) FROM calendar_feed WHERE checked_at IS NULL") == 0) return Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
            await Task.WhenAny(load, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System));
        }

        return null;
    }

    private static async Task<MainServer> StartMainAsync(CalendarTown town, Way way)
    {
        string[] program = way switch
        {
            Way.Original => ["exec", CalendarTown.Assembly("Clutch.Benchmarks"), "CALENDAR-MAIN"],
            Way.Inside => ["exec", CalendarTown.Assembly("CalendarSync"), "all", "--Batch:Urls", "http://127.0.0.1:0", .. ImportSettings],
            _ => ["exec", CalendarTown.Assembly("CalendarSync"), "main"],
        };
        var settings = new Dictionary<string, string>(town.Settings, StringComparer.Ordinal) { ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information" };
        var process = Programs.Start("dotnet", [.. program, "--urls", "http://127.0.0.1:0"], environment: settings);
        process.BeginErrorReadLine();
        return new(process, new Uri(await CalendarTown.ReadUrlAsync(process, "Now listening on:")));
    }

    private static async Task EndAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static void Write(BenchmarkOptions options, int feeds, TimeSpan time, List<Situation> found)
    {
        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"P10: main server under {RequestsPerSecond:0} requests a second while {feeds:N0} feeds of {EventsPerFeed} events are imported for the first time"),
            "sync", "p50, ms", "p99, ms", "p99.9, ms", "worst second (its median), ms", "feeds done", "s until all were done");
        var none = found[0];
        foreach (var one in found)
        {
            table.Add(one.Name, Cell(one.At(0.5), none.At(0.5)), Cell(one.At(0.99), none.At(0.99)), Cell(one.At(0.999), none.At(0.999)), Cell(one.WorstSecond, none.WorstSecond),
                one.Name == none.Name ? "" : one.FeedsDone.ToString("N0", CultureInfo.InvariantCulture), one.SyncSeconds?.ToString("0.0", CultureInfo.InvariantCulture) ?? (one.Name == none.Name ? "" : "not within the measurement"));
        }

        table.Write(options.Output,
            "Aim for the batch process: p99 at most 1.3x of no sync, p99.9 at most 1.5x, worst second at most 2x.",
            string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s each, all feeds due after {Before.TotalSeconds:0} s; requests are sent at fixed moments and timed from the moment they were due. Main server, batch process, provider, PostgreSQL and load share the machine. Batch process and our engine inside run with their defaults, 150 feeds a second; the provider, which is elsewhere in life, takes only what processor is left over."),
            "The original's way reads with our parser and asynchronous calls, ten feeds at a time: see OriginalImport.cs.",
            "",
            "![Latency over time](calendar-latency.svg)");
    }

    private static string Cell(double value, double none) => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ({value / none:0.00}x)");

    private enum Way
    {
        None,
        Original,
        Inside,
        Batch,
    }

    private sealed record MainServer(Process Process, Uri Url) : IDisposable
    {
        public void Dispose() => Process.Dispose();
    }

    private sealed class Situation
    {
        private readonly double[] _sorted;

        public Situation(string name, IReadOnlyList<(double DueAt, double Milliseconds)> answers, double? syncSeconds, long feedsDone)
        {
            (Name, SyncSeconds, FeedsDone) = (name, syncSeconds, feedsDone);
            // Only what was due while feeds synced, or could have.
            var counted = answers.Where(answer => answer.DueAt >= Before.TotalSeconds && (syncSeconds is null || answer.DueAt <= Before.TotalSeconds + syncSeconds)).ToList();
            _sorted = [.. counted.Select(answer => answer.Milliseconds).Order()];
            WorstSecond = counted.GroupBy(answer => (int)answer.DueAt).Max(second => Spread.Of(second.Select(answer => answer.Milliseconds)).Median);
            WorstPerSecond = [.. answers.GroupBy(answer => (int)answer.DueAt).OrderBy(second => second.Key).Select(second => second.Max(answer => answer.Milliseconds))];
        }

        public string Name { get; }

        public double? SyncSeconds { get; }

        public long FeedsDone { get; }

        public double WorstSecond { get; }

        public IReadOnlyList<double> WorstPerSecond { get; }

        public double At(double share) => _sorted[Math.Min(_sorted.Length - 1, (int)(_sorted.Length * share))];

        public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Name}: p50 {At(0.5):0.0}, p99 {At(0.99):0.0}, p99.9 {At(0.999):0.0}, worst second {WorstSecond:0.0} ms; {FeedsDone} feeds, {SyncSeconds:0.0} s");
    }
}
