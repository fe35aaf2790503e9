using Clutch.Benchmarks;
using Clutch.Benchmarks.Engine;
using Clutch.Benchmarks.Files;
using Clutch.Benchmarks.Ical;
using Clutch.Benchmarks.Stores;

var options = BenchmarkOptions.Parse(args);
var benchmarks = new SortedDictionary<string, Func<BenchmarkOptions, Task>>(StringComparer.Ordinal)
{
    ["P1"] = EngineOverhead.RunAsync,
    ["P2"] = CsvToPostgreSql.RunAsync,
    ["P2S"] = CsvToSqlite.RunAsync,
    ["P8"] = options => IcalSpeed.RunAsync(options.Output, options.Runs),
    ["FILES"] = options => DelimitedSpeed.RunAsync(options.Output),
};
var unknown = options.Names.Where(name => !benchmarks.ContainsKey(name)).ToList();
if (options.Names.Count == 0 || unknown.Count > 0)
{
    Console.Error.WriteLine($"Name the benchmarks to run: {string.Join(" ", benchmarks.Keys)}. Options: --runs N, --rows N{(unknown.Count > 0 ? $". Unknown: {string.Join(" ", unknown)}" : string.Empty)}.");
    return 2;
}

foreach (var name in options.Names)
    await benchmarks[name](options);
return 0;
