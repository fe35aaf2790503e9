using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks;

/// <summary>Variants of one piece of work, run in turn so that a machine whose speed drifts treats all alike.</summary>
internal sealed class Comparison(TextWriter output, string question)
{
    // Enough for the runtime to have compiled what runs often in its last form.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(2);

    private readonly List<(string Name, Func<Task<Measurement>> Run)> _variants = [];
    private readonly Dictionary<string, List<Measurement>> _results = [];

    public IEnumerable<string> Names => _variants.Select(variant => variant.Name);

    /// <summary>Adds a variant; the first is the one that others are compared with.</summary>
    public Comparison Add(string name, Func<Task<Measurement>> run)
    {
        _variants.Add((name, run));
        _results[name] = [];
        return this;
    }

    public IReadOnlyList<Measurement> Of(string name) => _results[name];

    /// <summary>Does a piece of work once, and again until two seconds are spent.</summary>
    public static async Task WarmUpAsync(Func<Task> work)
    {
        var startedAt = Stopwatch.GetTimestamp();
        do
            await work();
        while (Stopwatch.GetElapsedTime(startedAt) < WarmUpTime);
    }

    /// <summary>Warms every variant up, then runs all of them that many times in turn.</summary>
    public async Task<Comparison> RunAsync(int runs)
    {
        foreach (var (_, run) in _variants)
            await WarmUpAsync(run);
        for (var round = 0; round < runs; round++)
        {
            foreach (var (name, run) in InTurn(round))
                _results[name].Add(await run());
        }

        return this;
    }

    // A round starts one variant later than the one before and goes the other way, so that what a variant leaves behind, a full cache or a full log, meets each of the others.
    private IEnumerable<(string Name, Func<Task<Measurement>> Run)> InTurn(int round)
    {
        var count = _variants.Count;
        for (var i = 0; i < count; i++)
            yield return _variants[(round + (round % 2 == 0 ? i : count - i)) % count];
    }

    /// <summary>How often a variant's items per second are those of another, pair by pair.</summary>
    public Spread Speed(string name, string against) => Pairs(name, against, (one, other) => one.ItemsPerSecond / other.ItemsPerSecond);

    /// <summary>How often a variant's time is that of another, pair by pair.</summary>
    public Spread Cost(string name, string against) => Pairs(name, against, (one, other) => one.Seconds / other.Seconds);

    /// <summary>What two variants make of each round.</summary>
    public Spread Pairs(string name, string against, Func<Measurement, Measurement, double> figure) => Spread.Of(_results[name].Zip(_results[against], figure));

    public Spread Seconds(string name) => Spread.Of(_results[name].Select(run => run.Seconds));

    public Spread ItemsPerSecond(string name) => Spread.Of(_results[name].Select(run => run.ItemsPerSecond));

    /// <summary>What a variant allocates for an item, or a dash where another process did the work.</summary>
    public string BytesPerItem(string name, string format) => _results[name].TrueForAll(run => run.AllocatedBytes is null)
        ? "-"
        : Spread.Of(_results[name].Select(run => run.BytesPerItem)).Median.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Writes the table: seconds, items per second, and speed as a ratio to the first variant.</summary>
    public void Write()
    {
        output.WriteLine($"## {question}");
        output.WriteLine();
        output.WriteLine("| variant | seconds, median (min-max) | items/s | ns/item | bytes/item | speed against the first |");
        output.WriteLine("| --- | --- | ---: | ---: | ---: | --- |");
        foreach (var name in Names)
            output.WriteLine(Row(name));
        output.WriteLine();
    }

    private string Row(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {Seconds(name).Text("0.000")} | {ItemsPerSecond(name).Median:N0} | {Spread.Of(_results[name].Select(run => run.NanosecondsPerItem)).Median:N1} | {BytesPerItem(name, "N1")} | {Speed(name, _variants[0].Name).Text("0.00")}x |");
}
