using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Calendar;

/// <summary>P9: what does it cost to import ten thousand feeds, against fetching the same bodies and throwing them away?</summary>
internal static class FeedImport
{
    private const int FeedCount = 10_000;
    private const int EventsPerFeed = 50;

    private const string Fetch = "fetch and discard";
    private const string First = "first import";
    private const string Copy = "the same rows by one COPY, nothing else";
    private const string Unchanged = "nothing changed, all 304";
    private const string SomeChanged = "2 % of the feeds changed, others 304";
    private const string FetchStamped = "fetch and discard, bodies with new DTSTAMPs";
    private const string Stamped = "all bodies new, no event changed";
    private const string Tenth = "first import of a tenth of the feeds";

    private const string RowsWritten = "SELECT (n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables WHERE relname = 'calendar_feed_event'";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var feeds = options.RowsOr(FeedCount);
        var passes = new List<Pass>();
        for (var run = 0; run < options.Runs; run++)
        {
            await foreach (var pass in WalkAsync(feeds))
            {
                passes.Add(pass);
                await options.Progress.WriteLineAsync(pass.Describe());
            }
        }

        var found = new Passes(passes);
        found.Write(options.Output, feeds);
        if (feeds == FeedCount)
            found.Register(options.Aims);
    }

    private static async IAsyncEnumerable<Pass> WalkAsync(int feeds)
    {
        await using (var town = await CalendarTown.OpenAsync(feeds, EventsPerFeed))
        {
            // The provider makes and packs each body when it is first asked: not on our account.
            await FetchAsync(town);
            yield return new(Fetch, await FetchAsync(town), Fetch);
            yield return await ImportAsync(town, First, Fetch);
            yield return new(Copy, await CopyAsync(town), Fetch);
            yield return await ImportAsync(town, Unchanged, Fetch);
            var changed = await town.ChangeAsync(percent: 2);
            yield return await ImportAsync(town, SomeChanged, Fetch) with { ChangedCount = changed };
            await town.BehaveAsync(string.Create(CultureInfo.InvariantCulture, $"1-{feeds}"), "Stamped");
            yield return new(FetchStamped, await FetchAsync(town), FetchStamped);
            yield return await ImportAsync(town, Stamped, FetchStamped);
        }

        // Nothing of the town runs beside it.
        await using var village = await CalendarTown.OpenAsync(Math.Max(1, feeds / 10), EventsPerFeed);
        await FetchAsync(village);
        yield return await ImportAsync(village, Tenth, baseline: null);
    }

    private static async Task<Pass> ImportAsync(CalendarTown town, string name, string? baseline)
    {
        var before = await WrittenAsync(town);
        var (seconds, peak) = await town.ImportAsync();
        return new(name, seconds, baseline) { Import = new(await WrittenAsync(town) - before, peak) };
    }

    // What the statistics know lags behind by up to a second.
    private static async Task<long> WrittenAsync(CalendarTown town)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await town.ExecuteAsync("SELECT pg_stat_force_next_flush()");
        return await town.ScalarAsync<long>(RowsWritten);
    }

    private static async Task<double> FetchAsync(CalendarTown town)
    {
        var feeds = town.FeedCount.ToString(CultureInfo.InvariantCulture);
        return double.Parse(
            await Programs.ReadAsync("dotnet", ["exec", Programs.Assembly("Clutch.Benchmarks"), "CALENDAR-FETCH", town.ProviderUrl.AbsoluteUri, feeds], town.Settings), CultureInfo.InvariantCulture);
    }

    // The finished rows of a first import, out of the database and in one COPY into a table with the same keys and indexes.
    private static async Task<double> CopyAsync(CalendarTown town)
    {
        await town.ExecuteAsync("""
            CREATE TABLE calendar_feed_event_again (LIKE calendar_feed_event INCLUDING ALL);
            ALTER TABLE calendar_feed_event_again ALTER COLUMN id DROP IDENTITY
            """);
        var startedAt = Stopwatch.GetTimestamp();
        await CopyRowsAsync(town);
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        await town.ExecuteAsync("DROP TABLE calendar_feed_event_again; CHECKPOINT");
        return seconds;
    }

    private static async Task CopyRowsAsync(CalendarTown town)
    {
        await using var from = await town.Source.OpenConnectionAsync();
        await using var to = await town.Source.OpenConnectionAsync();
        await using var rows = await from.BeginRawBinaryCopyAsync("COPY calendar_feed_event TO STDOUT (FORMAT BINARY)");
        await using var copy = await to.BeginRawBinaryCopyAsync("COPY calendar_feed_event_again FROM STDIN (FORMAT BINARY)");
        await rows.CopyToAsync(copy);
    }

    /// <param name="Name">What was done.</param>
    /// <param name="Seconds">How long it took.</param>
    /// <param name="Baseline">The pass that it is compared with, or null.</param>
    private sealed record Pass(string Name, double Seconds, string? Baseline)
    {
        /// <summary>What the import wrote and needed, or null where it was none.</summary>
        public Import? Import { get; init; }

        /// <summary>How many feeds had changed, by one event each.</summary>
        public int ChangedCount { get; init; }

        public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Name}: {Seconds:0.0} s, {Import?.RowsWritten} rows, {Import?.PeakMegabytes:0} MB");
    }

    private sealed record Import(long RowsWritten, double PeakMegabytes);

    /// <summary>All passes; those of one name are in the order of their rounds.</summary>
    private sealed class Passes(IReadOnlyList<Pass> all)
    {
        private readonly ILookup<string, Pass> _named = all.ToLookup(pass => pass.Name, StringComparer.Ordinal);

        public void Write(TextWriter output, int feeds)
        {
            var table = new Table(string.Create(CultureInfo.InvariantCulture, $"P9: import of {feeds:N0} feeds of {EventsPerFeed} events, PostgreSQL, provider, database and import on one machine"),
                "pass", "s", "against fetching", "rows of events written", "peak memory, MB");
            foreach (var passes in _named)
            {
                var imports = passes.Select(pass => pass.Import).OfType<Import>().ToList();
                table.Add(passes.Key, Seconds(passes.Key).Text("0.0"), passes.First().Baseline is null ? "" : $"{Cost(passes.Key).Text("0.00")}x",
                    string.Join(" / ", imports.Select(import => import.RowsWritten.ToString("N0", CultureInfo.InvariantCulture)).Distinct(StringComparer.Ordinal)),
                    imports.Count == 0 ? "" : Spread.Of(imports.Select(import => import.PeakMegabytes)).Text("0"));
            }

            table.Write(output,
                $"Ten times the feeds need {Growth().Text("0.00")}x of the memory (P12).",
                "Fetching uses the import's own client with its limits (32 at a time), in a process of its own, unpacks the bodies and throws them away. The import's seconds are those of the job, in a process of its own. Rows are what PostgreSQL's own statistics counted.",
                "The one COPY has the finished rows of the first import: read out of the database, handed on by this program and written into a table with the same keys and indexes, nothing fetched or parsed.");
        }

        public void Register(Aims aims)
        {
            aims.AtMost("first import, against fetching", 2.0, Cost(First).Median);
            aims.AtMost("nothing changed, all 304", 20, Seconds(Unchanged).Median, " s");
            aims.AtMost("all bodies new, no event changed, against fetching", 1.5, Cost(Stamped).Median);
            aims.AtMost("all bodies new, no event changed: rows written", 0, _named[Stamped].Max(pass => pass.Import!.RowsWritten), " rows");
            aims.AtMost("2 % of the feeds changed: rows written for a changed event", 1, _named[SomeChanged].Max(pass => (double)pass.Import!.RowsWritten / pass.ChangedCount), " rows");
            aims.AtMost("memory with ten times the feeds (P12)", 1.1, Growth().Median);
        }

        private Spread Seconds(string name) => Spread.Of(_named[name].Select(pass => pass.Seconds));

        private Spread Cost(string name) => Spread.Of(_named[name].Zip(_named[_named[name].First().Baseline!], (one, baseline) => one.Seconds / baseline.Seconds));

        private Spread Growth() => Spread.Of(_named[First].Zip(_named[Tenth], (many, few) => many.Import!.PeakMegabytes / few.Import!.PeakMegabytes));
    }
}
