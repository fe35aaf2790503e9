namespace Clutch.Benchmarks;

/// <summary>Variants of one piece of work, run in turn (A B C A B C ...) so that a machine whose speed drifts treats all alike.</summary>
internal sealed class Comparison(TextWriter output, string question)
{
    private readonly List<(string Name, Func<Task<Measurement>> Run)> _variants = [];
    private readonly Dictionary<string, List<Measurement>> _results = [];

    /// <summary>Adds a variant; the first is the one that others are compared with.</summary>
    public Comparison Add(string name, Func<Task<Measurement>> run)
    {
        _variants.Add((name, run));
        _results[name] = [];
        return this;
    }

    public IReadOnlyList<Measurement> Of(string name) => _results[name];

    /// <summary>Runs every variant once to warm up, then <paramref name="runs"/> times in turn.</summary>
    public async Task<Comparison> RunAsync(int runs, bool warmUp = true)
    {
        for (var round = warmUp ? 0 : 1; round <= runs; round++)
        {
            foreach (var (name, run) in _variants)
            {
                var measured = await run();
                if (round > 0)
                    _results[name].Add(measured);
            }
        }

        return this;
    }

    /// <summary>How often a variant's items per second are those of another, pair by pair.</summary>
    public Spread Speed(string name, string against) =>
        Spread.Of(_results[name].Zip(_results[against], (one, other) => one.ItemsPerSecond / other.ItemsPerSecond));

    /// <summary>How often a variant's time is that of another, pair by pair.</summary>
    public Spread Cost(string name, string against) => Spread.Of(_results[name].Zip(_results[against], (one, other) => one.Seconds / other.Seconds));

    public Spread Seconds(string name) => Spread.Of(_results[name].Select(run => run.Seconds));

    /// <summary>Writes the table: seconds, items per second, and speed as a ratio to the first variant.</summary>
    public void Write()
    {
        output.WriteLine($"## {question}");
        output.WriteLine();
        output.WriteLine("| variant | seconds, median (min-max) | items/s | ns/item | bytes/item | speed against the first |");
        output.WriteLine("| --- | --- | ---: | ---: | ---: | --- |");
        foreach (var (name, _) in _variants)
            output.WriteLine(Row(name));
        output.WriteLine();
    }

    private string Row(string name)
    {
        var runs = _results[name];
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"| {name} | {Seconds(name).Text("0.000")} | {Spread.Of(runs.Select(run => run.ItemsPerSecond)).Median:N0} | {Spread.Of(runs.Select(run => run.NanosecondsPerItem)).Median:N1} | {Spread.Of(runs.Select(run => run.BytesPerItem)).Median:N1} | {Speed(name, _variants[0].Name).Text("0.00")}x |");
    }
}
