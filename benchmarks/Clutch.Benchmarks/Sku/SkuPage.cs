using System.Globalization;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Sku;

/// <summary>The results as tables: the clocks of each variant, what each costs, and how often it is as fast as the rivals.</summary>
internal sealed class SkuPage(int count, IReadOnlyDictionary<string, SkuSeries> series)
{
    public const string Naive = "naive";
    public const string NaiveWhole = "naive, all of them";
    public const string Original = "original";

    /// <summary>How many SKUs the aims and the page are about.</summary>
    public const int Count = 50_000;

    // As the specification sets them, in seconds until the target has everything.
    private static readonly Dictionary<string, double> MostSeconds = new(StringComparer.Ordinal)
    {
        ["c4"] = 135,
        ["c16"] = 42,
        ["c32"] = 25,
        ["delta"] = 18,
        ["delta4"] = 6,
        ["nochange"] = 18,
        ["faults"] = 60,
    };

    // How often as fast as item by item.
    private static readonly Dictionary<string, double> LeastSpeed = new(StringComparer.Ordinal) { ["c16"] = 100, ["c32"] = 170 };

    // How often the time of a run that is left alone.
    private static readonly Dictionary<string, double> MostCost = new(StringComparer.Ordinal) { ["faults"] = 1.5, ["kills"] = 3 };

    private readonly List<string> _names = [.. SkuSyncSpeed.InOrder.Where(series.ContainsKey)];

    public void Write(TextWriter output, string? picture)
    {
        WriteClocks(output, picture);
        WriteRatios(output);
        WriteCosts(output);
        WriteDelivery(output);
    }

    /// <summary>Judges what was measured, or kept, of everything that has an aim.</summary>
    public void Register(Aims aims)
    {
        if (count != Count)
            return;
        foreach (var name in _names)
        {
            var seconds = Median(series[name]);
            aims.Commit = series[name].Commit;
            if (MostSeconds.TryGetValue(VariantOf(name), out var most))
                aims.AtMost($"{name}: T_synced", most, seconds, " s");
            if (LeastSpeed.TryGetValue(VariantOf(name), out var speed) && series.TryGetValue(Naive, out var naive))
                aims.AtLeast($"{name}, against item by item", speed, Median(naive) / seconds);
            if (MostCost.TryGetValue(VariantOf(name), out var cost) && series.TryGetValue($"c16, {StoreOf(name)}", out var alone))
                aims.AtMost($"{name}, against c16", cost, seconds / Median(alone));
            if (VariantOf(name) == "nochange")
                aims.AtMost($"{name}: outbox rows", 0, Median(series[name], run => run.OutboxRows), " rows");
        }

        foreach (var store in SkuSyncSpeed.Stores)
            Register(aims, store);
    }

    private void Register(Aims aims, string store)
    {
        var alone = _names.Where(name => name.EndsWith($", {store}", StringComparison.Ordinal) && VariantOf(name) is "c4" or "c16" or "c32").Select(name => series[name]).ToList();
        if (alone.Count == 0)
            return;
        aims.Commit = string.Join(", ", alone.Select(one => one.Commit).Distinct(StringComparer.Ordinal));
        aims.AtMost($"greatest of cN, {store}: CPU", 15, alone.Max(one => Median(one, run => run.CpuSeconds)), " s");
        aims.AtMost($"greatest of cN, {store}: memory", 200, alone.Max(one => Median(one, run => run.PeakMegabytes)), " MB");
        if (alone.Exists(one => one.Runs.Any(run => run.Delivery is null)))
            return;
        aims.AtMost($"greatest of cN, {store}: status calls", 3, alone.Max(one => Median(one, run => run.Delivery!.PollsPerOperation)), " an operation");
        aims.AtMost($"greatest of cN, {store}: applied to known, p95", 1, alone.Max(one => Median(one, run => run.Delivery!.KnownP95)), " s");
    }

    private void WriteClocks(TextWriter output, string? picture)
    {
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"P7: synchronising {count:N0} SKUs with the calibrated latencies, median (min-max)"),
            "variant", "T_ingest, s", "T_accepted, s", "T_synced, s", "runs");
        foreach (var name in _names)
        {
            var runs = series[name].Runs;
            table.Add(name, Text(runs, run => run.Ingest, "0.0"), Text(runs, run => run.Accepted, "0.0"), Text(runs, run => run.Synced, "0.0"), runs.Count.ToString(CultureInfo.InvariantCulture));
        }

        string[] notes =
        [
            "T_ingest: everything is read and stored, with what has to be sent. T_accepted: the target has taken the last request. T_synced: it has applied the last change, and we know it. The clocks start when the run does, after the start of the",
            "process. Simulators, database and client share the machine.",
            string.Empty,
            "- naive: item by item, as the job was; 2,000 SKUs measured and extrapolated. original: the published job's final shape, lists of 1,000 with 4 threads in phases. Both run inside the benchmark on PostgreSQL.",
            "- cN: SkuSync with N detail calls at once, everything new. delta: 2 % changed. delta4: the same with the listing in 4 ranges. nochange: nothing changed. These three with 16 calls at once.",
            "- faults: as c16, with 5 % of errors 500 and 2 % of resets (half of both after the call took effect), 1 % of 429 with Retry-After, 5 % of answers five times slower.",
            "- kills: as c16, killed at random moments, 5 s apart in the mean, and started again until it ends by itself; the clock runs from the first start to that end. Afterwards the target's books must show each SKU once.",
            .. MadeApart(),
        ];
        table.Write(output, picture is null ? notes : [.. notes, string.Empty, picture]);
    }

    private string[] MadeApart() => series.Values.DistinctBy(one => one.Commit).Skip(1).Any()
        ? ["- Rows were made at different times; the last table names the latest command. A row is made anew by `P7 --runs N --variants VARIANT --write`, N from its last column."]
        : [];

    private void WriteRatios(TextWriter output)
    {
        if (!series.ContainsKey(Naive) && !series.ContainsKey(Original))
            return;
        var table = new Table("How often as fast, by the median of T_synced", "variant", "against naive", "against the original");
        foreach (var name in _names)
            table.Add(name, Ratio(Naive, name), Ratio(Original, name));
        table.Write(output, "Naive and original synchronise everything. A delta is compared with them all the same: each of their runs does.");
    }

    private void WriteCosts(TextWriter output)
    {
        var table = new Table("What it costs", "variant", "outbox rows", "calls", "CPU of SkuSync, s", "peak memory of SkuSync, MB", "commit", "measured", "load before");
        foreach (var name in _names)
        {
            var (commit, date, load, runs) = series[name];
            table.Add(name, Text(runs, run => run.OutboxRows, "0"), Text(runs, run => run.Calls, "0"), Text(runs, run => run.CpuSeconds, "0.0"), Text(runs, run => run.PeakMegabytes, "0"), commit, date, load);
        }

        table.Write(output, "CPU and memory are those of the process, its start included.");
    }

    private void WriteDelivery(TextWriter output)
    {
        var told = _names.Where(name => series[name].Runs.All(run => run.Delivery is not null)).ToList();
        if (told.Count == 0)
            return;
        var table = new Table("How it is delivered", "variant", "kills", "submissions sent again", "met the target twice", "stored to known as applied: p50, s", "p95, s", "p99, s",
            "status calls an operation", "applied to known: p95, s", "WAL of PostgreSQL, MB");
        foreach (var name in told)
        {
            string Cell(Func<SkuDelivery, double> figure, string format) => Text(series[name].Runs, run => figure(run.Delivery!), format);
            table.Add(name, Cell(each => each.Kills, "0"), Cell(each => each.Repeats, "0"), Cell(each => each.Duplicates, "0"), Cell(each => each.LagP50, "0.0"), Cell(each => each.LagP95, "0.0"), Cell(each => each.LagP99, "0.0"),
                Cell(each => each.PollsPerOperation, "0.00"), Cell(each => each.KnownP95, "0.00"),
                Cell(each => each.WalMegabytes, "0"));
        }

        table.Write(output, "Under kills what a killed process had sent waits for its lease, 5 s here, until its end is known. A change waits for company up to a second (`Sku:SubmitLinger`) before it is sent. What met the target twice had its effect once. The database of a delta or of a run without changes was filled before.");
    }

    private static string VariantOf(string name) => name.Split(", ")[0];

    private static string StoreOf(string name) => name.Split(", ")[1];

    private string Ratio(string rival, string name) => series.TryGetValue(rival, out var known)
        ? string.Create(CultureInfo.InvariantCulture, $"{Median(known) / Median(series[name]):0.##}x")
        : "-";

    /// <summary>The median of T_synced, in seconds.</summary>
    public static double Median(SkuSeries series) => Median(series, run => run.Synced);

    private static double Median(SkuSeries series, Func<SkuRun, double> figure) => Spread.Of(series.Runs.Select(figure)).Median;

    // Under kills a run may end in a process that had nothing left to measure.
    private static string Text(IReadOnlyList<SkuRun> runs, Func<SkuRun, double> figure, string format)
    {
        var told = runs.Select(figure).Where(double.IsFinite).ToList();
        if (told.Count == 0)
            return "-";
        var text = Spread.Of(told).Text(format);
        return told.Count == runs.Count ? text : string.Create(CultureInfo.InvariantCulture, $"{text}, {told.Count} runs");
    }
}
