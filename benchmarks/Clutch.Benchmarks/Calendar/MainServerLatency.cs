using System.Diagnostics;
using System.Globalization;
using CalendarSync.Jobs;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Calendar;

/// <summary>P10: what does the main server's latency do while all feeds sync: not at all, inside it as the original did, inside it with our engine, in the batch process?</summary>
internal static class MainServerLatency
{
    private const int FeedCount = 10_000;
    private const int EventsPerFeed = 50;
    private const double RequestsPerSecond = 100;

    // Seconds of load before all feeds are due, and after the counted ones.
    private const int Before = 10;
    private const int After = 20;

    private static readonly ImportOptions Defaults = new();

    // At the pace that the program has of itself; the town's settings let it go as fast as it can. It looks often, so that the sync begins in the second in which all feeds are due.
    private static readonly string[] ImportSettings =
        ["--Calendar:Import:Tick", "00:00:00.5", "--Calendar:Import:FeedsPerSecond", Defaults.FeedsPerSecond.ToString(CultureInfo.InvariantCulture)];

    private static readonly Way[] InOrder = [Way.None, Way.Original, Way.Inside, Way.Loop, Way.Batch];

    /// <summary>What <c>--variants</c> can name; that nothing syncs is measured always.</summary>
    public static IReadOnlyList<string> Choices { get; } = [.. InOrder.Where(way => way != Way.None).Select(way => way.Choice)];

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var feeds = options.RowsOr(FeedCount);
        await using var provider = await FeedProvider.StartAsync(feeds, EventsPerFeed, yields: true);
        await provider.WarmAsync();
        var rounds = new List<IReadOnlyList<Situation>>();
        for (var round = 0; round < options.Runs; round++)
            rounds.Add(await MeasureAsync(options, provider, round));
        Write(options.Output, feeds, rounds);
        if (feeds == FeedCount && options.Takes(Way.Batch.Choice))
            Register(options.Aims, rounds);
        if (options.Writes)
            await Pages.WriteAsync("calendar-latency.svg", LatencyPicture.Draw([.. InOrder.SelectMany(way => rounds[0].Where(one => one.Way == way)).Select(one => (one.Way.Name, one.WorstPerSecond))], Before));
    }

    // The two that an aim compares in each round, in turned order; what else there is once.
    private static async Task<IReadOnlyList<Situation>> MeasureAsync(BenchmarkOptions options, FeedProvider provider, int round)
    {
        Way[] pair = round % 2 == 0 ? [Way.None, Way.Batch] : [Way.Batch, Way.None];
        var situations = new List<Situation>();
        foreach (var way in (Way[])[.. pair, .. round == 0 ? InOrder.Except(pair) : []])
        {
            if (way != Way.None && !options.Takes(way.Choice))
                continue;
            situations.Add(await MeasureAsync(way, provider));
            await options.Progress.WriteLineAsync(situations[^1].Describe());
        }

        return situations;
    }

    private static async Task<Situation> MeasureAsync(Way way, FeedProvider provider)
    {
        var counted = CountedSeconds(provider.FeedCount);
        var warmUp = TimeSpan.FromSeconds(provider.FeedCount >= FeedCount ? 15 : 5);
        await using var town = await CalendarTown.OpenAsync(provider);
        await SetDueAsync(town, "now() + interval '1 hour'");
        var (main, url) = await StartMainAsync(town, way);
        using var started = main;
        using var beside = StartBeside(town, way);
        try
        {
            // Set well before the sync, and the same in all situations: while users are counted the measurement itself touches nothing.
            var dueAt = TimeProvider.System.GetUtcNow() + warmUp + TimeSpan.FromSeconds(Before + 10);
            await SetDueAsync(town, $"'{dueAt:O}'");
            await PacedLoad.RunAsync(url, CalendarTown.Token, RequestsPerSecond, warmUp);
            var early = dueAt - TimeSpan.FromSeconds(Before) - TimeProvider.System.GetUtcNow();
            if (early < TimeSpan.Zero)
                throw new InvalidOperationException($"The warm-up ended {-early} too late: the machine is too busy.");
            await Task.Delay(early, TimeProvider.System);
            var answers = await PacedLoad.RunAsync(url, CalendarTown.Token, RequestsPerSecond, TimeSpan.FromSeconds(Before + counted + After));
            var done = await town.ScalarAsync<long>("SELECT count(*) FROM calendar_feed WHERE checked_at IS NOT NULL");
            return new(way, answers, Before, Before + counted)
            {
                FeedsDone = done,
                SyncSeconds = done == provider.FeedCount ? await town.ScalarAsync<double>($"SELECT extract(epoch FROM max(checked_at) - '{dueAt:O}')::float8 FROM calendar_feed") : null,
            };
        }
        finally
        {
            await main.EndAsync();
            if (beside is not null)
                await beside.EndAsync();
        }
    }

    // As long as the feeds take at the default pace.
    private static int CountedSeconds(int feeds) => Math.Max(1, feeds / Defaults.FeedsPerSecond);

    private static Task SetDueAsync(CalendarTown town, string instant) => town.ExecuteAsync($"UPDATE calendar_feed SET next_due_at = {instant}; VACUUM ANALYZE; CHECKPOINT");

    private static Task<(Process Process, Uri Url)> StartMainAsync(CalendarTown town, Way way)
    {
        string[] program = way == Way.Original
            ? [Programs.Assembly("Clutch.Benchmarks"), "CALENDAR-MAIN"]
            : way == Way.Inside ? [Programs.Assembly("CalendarSync"), "all", "--Batch:Urls", "http://127.0.0.1:0", .. ImportSettings] : [Programs.Assembly("CalendarSync"), "main"];
        var settings = new Dictionary<string, string>(town.Settings, StringComparer.Ordinal) { ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information" };
        return Programs.StartServerAsync("dotnet", ["exec", .. program, "--urls", "http://127.0.0.1:0"], "Now listening on:", environment: settings);
    }

    private static Process? StartBeside(CalendarTown town, Way way) =>
        way == Way.Batch ? town.Start("batch", ["--urls", "http://127.0.0.1:0", .. ImportSettings])
        : way == Way.Loop ? Programs.StartQuietly("chrt", ["--idle", "0", "sh", "-c", "while :; do :; done"])
        : null;

    private static void Write(TextWriter output, int feeds, IReadOnlyList<IReadOnlyList<Situation>> rounds)
    {
        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"P10: main server under {RequestsPerSecond:0} requests a second while {feeds:N0} feeds of {EventsPerFeed} events are imported for the first time"),
            "sync", "p50, ms", "p99, ms", "p99.9, ms", "worst second (its median), ms", "rounds", "sent late, p99, ms", "feeds done", "s until all were done");
        foreach (var way in InOrder)
        {
            var all = rounds.SelectMany(round => round).Where(one => one.Way == way).ToList();
            if (all.Count == 0)
                continue;
            var seconds = all.Select(one => one.SyncSeconds).OfType<double>().ToList();
            table.Add(way.Name, Cell(rounds, way, P50), Cell(rounds, way, P99), Cell(rounds, way, P999), Cell(rounds, way, Worst), all.Count.ToString(CultureInfo.InvariantCulture), Spread.Of(all.Select(one => one.SentLate)).Text("0.0"),
                way.Syncs ? Spread.Of(all.Select(one => (double)one.FeedsDone)).Text("#,0") : "", !way.Syncs ? "" : seconds.Count < all.Count ? "not within the measurement" : Spread.Of(seconds).Text("0.0"));
        }

        table.Write(output,
            string.Create(CultureInfo.InvariantCulture, $"Counted are the {CountedSeconds(feeds)} s from the moment at which all feeds are due, in all situations alike; that is how long they take at the default pace, {Defaults.FeedsPerSecond} a second. Ratios are to no sync of the same round; no sync and batch process run in each round, in turned order, the others in the first."),
            "Requests are sent at fixed moments and timed from the moment they were due; what the load itself sent late is within. Main server, batch process, provider, PostgreSQL and load share the machine. Batch process and our engine inside run with their defaults, but look for due feeds each half second instead of each 10 s; the provider, which is elsewhere in life, takes only what processor is left over.",
            "The original's way reads with our parser and asynchronous calls, ten feeds at a time: see OriginalImport.cs. The idle-policy loop is a shell that does nothing all the time in the scheduling class of the batch process: what the machine's scheduler alone costs whoever works beside it.",
            "",
            "![Latency over time, first round](calendar-latency.svg)");
    }

    private static void Register(Aims aims, IReadOnlyList<IReadOnlyList<Situation>> rounds)
    {
        aims.AtMost("batch process, against no sync: p99", 1.3, Cost(rounds, Way.Batch, P99).Median);
        aims.AtMost("batch process, against no sync: p99.9", 1.5, Cost(rounds, Way.Batch, P999).Median);
        aims.AtMost("batch process, against no sync: worst second (its median)", 2, Cost(rounds, Way.Batch, Worst).Median);
    }

    private static double P50(Situation one) => one.At(0.5);

    private static double P99(Situation one) => one.At(0.99);

    private static double P999(Situation one) => one.At(0.999);

    private static double Worst(Situation one) => one.WorstSecond;

    private static string Cell(IReadOnlyList<IReadOnlyList<Situation>> rounds, Way way, Func<Situation, double> figure)
    {
        var milliseconds = Spread.Of(rounds.SelectMany(round => round).Where(one => one.Way == way).Select(figure)).Text("0.0");
        return way == Way.None ? milliseconds : $"{milliseconds}; {Cost(rounds, way, figure).Text("0.00")}x";
    }

    /// <summary>How often a figure is that of no sync, in each round.</summary>
    private static Spread Cost(IReadOnlyList<IReadOnlyList<Situation>> rounds, Way way, Func<Situation, double> figure) =>
        Spread.Of(rounds.SelectMany(round => round.Where(one => one.Way == way).Select(one => figure(one) / figure(round.Single(none => none.Way == Way.None)))));
}
