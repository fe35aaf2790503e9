using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Sku;

/// <summary>One run of a variant: the three clocks in seconds, and what it cost. What was not measured is NaN, and null where a whole part was not.</summary>
internal readonly record struct SkuRun(double Ingest, double Accepted, double Synced, long OutboxRows, long Calls, double CpuSeconds, double PeakMegabytes, SkuDelivery? Delivery = null);

/// <summary>How the changes of a run were delivered.</summary>
/// <param name="Repeats">How often a submission was sent again.</param>
/// <param name="Duplicates">Submissions that the target had before: their effect was not repeated.</param>
/// <param name="LagP50">From the commit of a change until we knew that it is applied, in seconds: of half of all changes at most.</param>
/// <param name="LagP95">Of 95 in 100.</param>
/// <param name="LagP99">Of 99 in 100.</param>
/// <param name="PollsPerOperation">Calls that ask for the status of operations, for each of them.</param>
/// <param name="KnownP95">From an operation's last effect at the target until we knew that it is done, in seconds: of 95 in 100 operations at most.</param>
/// <param name="WalMegabytes">What the database wrote to its log; NaN where it does not tell.</param>
/// <param name="Kills">How often the program was killed and started again.</param>
internal sealed record SkuDelivery(long Repeats, long Duplicates, double LagP50, double LagP95, double LagP99, double PollsPerOperation, double KnownP95, double WalMegabytes, int Kills);

/// <summary>The runs of one variant on one store, and where and when they were made.</summary>
internal sealed record SkuSeries(string Commit, string Date, string Load, IReadOnlyList<SkuRun> Runs);

/// <summary>The runs of all variants. They are kept beside the page, so that variants measured at different times make one page; a variant that is measured again replaces what it had.</summary>
internal sealed class SkuResults
{
    private const string Kept = "sku-sync.json";

    private readonly SortedDictionary<string, SkuSeries> _known;
    private readonly Dictionary<string, List<SkuRun>> _new = new(StringComparer.Ordinal);
    private readonly Surroundings _surroundings;
    private readonly bool _keeps;

    private SkuResults(SortedDictionary<string, SkuSeries> known, Surroundings surroundings, bool keeps) => (_known, _surroundings, _keeps) = (known, surroundings, keeps);

    /// <summary>All series by their name: the variant, a comma, the store; a rival has no store.</summary>
    public IReadOnlyDictionary<string, SkuSeries> Series => _known;

    /// <summary>Starts with what was kept, where results are to be kept at all.</summary>
    public static async Task<SkuResults> OpenAsync(bool keeps) =>
        new(keeps ? await ReadAsync() : [], await Surroundings.ReadAsync(), keeps);

    /// <summary>Measures one run, tells it, and keeps it at once: a suite that is broken off leaves what it has.</summary>
    public async Task AddAsync(string name, Func<Task<SkuRun>> measure, TextWriter progress)
    {
        var run = await measure();
        if (!_new.TryGetValue(name, out var runs))
            _new[name] = runs = [];
        runs.Add(run);
        await progress.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: ingest {run.Ingest:0.0} accepted {run.Accepted:0.0} synced {run.Synced:0.0} s, {run.OutboxRows} outbox rows, {run.Calls} calls, {run.CpuSeconds:0.0} s CPU, {run.PeakMegabytes:0} MB"));
        _known[name] = new(_surroundings.Commit, _surroundings.Date, _surroundings.Load, runs);
        await KeepAsync();
    }

    // Another invocation may have added to the file meanwhile: only what this one measured is put into it.
    private async Task KeepAsync()
    {
        if (!_keeps)
            return;
        foreach (var (name, series) in (await ReadAsync()).Where(entry => !_new.ContainsKey(entry.Key)))
            _known[name] = series;
        await Pages.WriteAsync(Kept, JsonSerializer.Serialize(_known, SkuResultsJson.Default.SortedDictionaryStringSkuSeries) + "\n");
    }

    private static async Task<SortedDictionary<string, SkuSeries>> ReadAsync()
    {
        var path = Pages.PathOf(Kept);
        var kept = File.Exists(path) ? JsonSerializer.Deserialize(await File.ReadAllTextAsync(path), SkuResultsJson.Default.SortedDictionaryStringSkuSeries)! : [];
        return new(kept, StringComparer.Ordinal);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(SortedDictionary<string, SkuSeries>))]
internal sealed partial class SkuResultsJson : JsonSerializerContext;
