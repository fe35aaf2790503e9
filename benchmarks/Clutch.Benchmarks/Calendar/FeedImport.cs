using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Calendar;

/// <summary>P9: what does it cost to import ten thousand feeds, against fetching the same bodies and throwing them away?</summary>
internal static class FeedImport
{
    private const int EventsPerFeed = 50;

    private const string FirstImport = "first import";

    private const string Tenth = "first import of a tenth of the feeds";

    private const string RowsWritten = "SELECT (n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables WHERE relname = 'calendar_feed_event'";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var feeds = options.RowsOr(10_000);
        var found = new Dictionary<string, List<Pass>>(StringComparer.Ordinal);
        for (var run = 0; run < options.Runs; run++)
        {
            await using var town = await CalendarTown.OpenAsync(feeds, EventsPerFeed);
            await WalkAsync(town, found);
            await using var village = await CalendarTown.OpenAsync(Math.Max(1, feeds / 10), EventsPerFeed);
            await FetchAsync(village);
            Add(found, Tenth, await ImportAsync(village));
        }

        Write(options, feeds, found);
    }

    private static async Task WalkAsync(CalendarTown town, Dictionary<string, List<Pass>> found)
    {
        // The provider makes and packs each body when it is first asked: not on our account.
        await FetchAsync(town);
        Add(found, "fetch and discard", await FetchAsync(town));
        Add(found, FirstImport, await ImportAsync(town));
        Add(found, "the same rows by one COPY, nothing else", await CopyAsync(town));
        Add(found, "nothing changed, all 304", await ImportAsync(town));
        await town.ControlAsync(HttpMethod.Post, "control/calendars/change?percent=2");
        Add(found, "2 % of the feeds changed, others 304", await ImportAsync(town));
        await town.ControlAsync(HttpMethod.Post, "control/calendars/behaviours", new { feeds = $"1-{town.FeedCount.ToString(CultureInfo.InvariantCulture)}", behaviour = "Stamped" });
        Add(found, "fetch and discard, bodies with new DTSTAMPs", await FetchAsync(town));
        Add(found, "all bodies new, no event changed", await ImportAsync(town));
    }

    private static async Task<Pass> ImportAsync(CalendarTown town)
    {
        var before = await WrittenAsync(town);
        var (seconds, peak) = await town.ImportAsync();
        return new(seconds, peak, await WrittenAsync(town) - before);
    }

    // What the statistics know lags behind by up to a second.
    private static async Task<long> WrittenAsync(CalendarTown town)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await town.ExecuteAsync("SELECT pg_stat_force_next_flush()");
        return await town.ScalarAsync<long>(RowsWritten);
    }

    private static async Task<Pass> FetchAsync(CalendarTown town)
    {
        var feeds = town.FeedCount.ToString(CultureInfo.InvariantCulture);
        using var process = Programs.Start("dotnet", ["exec", CalendarTown.Assembly("Clutch.Benchmarks"), "CALENDAR-FETCH", town.ProviderUrl.AbsoluteUri, feeds], environment: town.Settings);
        process.BeginErrorReadLine();
        var seconds = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"Fetching ended with {process.ExitCode}.");
        return new(double.Parse(seconds, CultureInfo.InvariantCulture), 0, 0);
    }

    // The least that the database asks for the rows of a first import: the finished rows, in one COPY, into a table with the same keys and indexes.
    private static async Task<Pass> CopyAsync(CalendarTown town)
    {
        await town.ExecuteAsync("""
            CREATE TABLE calendar_feed_event_again (LIKE calendar_feed_event INCLUDING ALL);
            ALTER TABLE calendar_feed_event_again ALTER COLUMN id DROP IDENTITY
            """);
        await using var from = await town.Source.OpenConnectionAsync();
        await using var to = await town.Source.OpenConnectionAsync();
        var startedAt = Stopwatch.GetTimestamp();
        await using (var rows = await from.BeginRawBinaryCopyAsync("COPY calendar_feed_event TO STDOUT (FORMAT BINARY)"))
        await using (var copy = await to.BeginRawBinaryCopyAsync("COPY calendar_feed_event_again FROM STDIN (FORMAT BINARY)"))
            await rows.CopyToAsync(copy);
        return new(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, 0, 0);
    }

    private static void Add(Dictionary<string, List<Pass>> found, string name, Pass pass)
    {
        if (!found.TryGetValue(name, out var list)) found[name] = list = [];
        list.Add(pass);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {pass.Seconds:0.0} s, {pass.RowsWritten} rows, {pass.PeakMegabytes:0} MB"));
    }

    private static void Write(BenchmarkOptions options, int feeds, Dictionary<string, List<Pass>> found)
    {
        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"P9: import of {feeds:N0} feeds of {EventsPerFeed} events, PostgreSQL, provider, database and import on one machine"),
            "pass", "s", "against fetching", "rows of events written", "peak memory, MB");
        foreach (var (name, passes) in found)
        {
            var stamped = name.Contains("new", StringComparison.Ordinal);
            var baseline = Spread.Of(found[stamped ? "fetch and discard, bodies with new DTSTAMPs" : "fetch and discard"].Select(pass => pass.Seconds)).Median;
            var isFetch = !name.Contains("import", StringComparison.Ordinal) && !name.Contains("304", StringComparison.Ordinal) && !name.StartsWith("all", StringComparison.Ordinal);
            table.Add(name, Spread.Of(passes.Select(pass => pass.Seconds)).Text("0.0"), name == Tenth ? "" : string.Create(CultureInfo.InvariantCulture, $"{Spread.Of(passes.Select(pass => pass.Seconds)).Median / baseline:0.00}x"),
                isFetch ? "" : string.Join(" / ", passes.Select(pass => pass.RowsWritten.ToString("N0", CultureInfo.InvariantCulture)).Distinct(StringComparer.Ordinal)),
                isFetch ? "" : Spread.Of(passes.Select(pass => pass.PeakMegabytes)).Text("0"));
        }

        table.Write(options.Output,
            string.Create(CultureInfo.InvariantCulture, $"Ten times the feeds need {Peak(found[FirstImport]) / Peak(found[Tenth]):0.00}x of the memory (P12; aim: at most 1.1x)."),
            "Aims for 10,000 feeds: first import at most 2.0x of fetching; all 304 at most 20 s; all bodies new at most 1.5x with 0 rows written; 2 % changed costs its changes.",
            "Fetching uses the import's own client with its limits (32 at a time), in a process of its own, unpacks the bodies and throws them away. The import's seconds are those of the job, in a process of its own. Rows are what PostgreSQL's own statistics counted.",
            "The one COPY is the least that the database alone asks for the rows of the first import, with the same keys and indexes: no import is faster than that.");
    }

    private static double Peak(List<Pass> passes) => Spread.Of(passes.Select(pass => pass.PeakMegabytes)).Median;

    private readonly record struct Pass(double Seconds, double PeakMegabytes, long RowsWritten);
}
