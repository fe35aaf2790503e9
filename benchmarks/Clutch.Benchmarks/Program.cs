using System.Globalization;
using Clutch.Benchmarks.Engine;

var runs = 5;
var chosen = new List<string>();
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--runs")
        runs = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else
        chosen.Add(args[i].ToUpperInvariant());
}

var benchmarks = new SortedDictionary<string, Func<Task>>(StringComparer.Ordinal)
{
    ["P1"] = () => EngineOverhead.RunAsync(Console.Out, runs),
};
var unknown = chosen.Where(name => !benchmarks.ContainsKey(name)).ToList();
if (chosen.Count == 0 || unknown.Count > 0)
{
    Console.Error.WriteLine($"Name the benchmarks to run: {string.Join(" ", benchmarks.Keys)} (docs/benchmarks/README.md){(unknown.Count > 0 ? $"; unknown: {string.Join(" ", unknown)}" : string.Empty)}.");
    return 2;
}

foreach (var name in chosen)
    await benchmarks[name]();
return 0;
