using Clutch.Benchmarks;
using Clutch.Benchmarks.Calendar;
using Clutch.Benchmarks.Cluster;
using Clutch.Benchmarks.Dashboard;
using Clutch.Benchmarks.Engine;
using Clutch.Benchmarks.Files;
using Clutch.Benchmarks.Ical;
using Clutch.Benchmarks.Outbox;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;
using Clutch.Benchmarks.Sku;
using Clutch.Benchmarks.Stores;

// P10 runs itself again as a main server with the original's import inside.
if (args is ["CALENDAR-MAIN", .. var settings])
    return await OriginalImport.ServeAsync(settings);
// P9 runs itself again as the client that fetches and discards.
if (args is ["CALENDAR-FETCH", var url, var count])
    return await GuardedFetch.RunAsync(url, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));

// P11 runs itself again as the other nodes of a cluster.
if (args is ["CLUSTER-NODE", var cluster])
    return await ClusterNode.WorkAsync(cluster);

Benchmark[] benchmarks =
[
    new("P1", "engine-overhead", "What the engine costs an item", EngineOverhead.RunAsync) { TakesRows = false },
    new("P1B", "chunk-commit", "What a chunk costs", ChunkCommitCost.RunAsync),
    new("P2", "csv-to-postgresql", "CSV to PostgreSQL", CsvToPostgreSql.RunAsync),
    new("P2S", "csv-to-sqlite", "CSV to SQLite", CsvToSqlite.RunAsync),
    new("P3", "table-to-table", "Table to table", TableToTable.RunAsync),
    new("P3U", "bulk-upsert", "Bulk upsert", BulkUpsert.RunAsync),
    new("P4", "keyset-paging", "Keyset paging", KeysetPaging.RunAsync),
    new("P5", "refused-rows", "Rows that the database refuses", RefusedRows.RunAsync),
    new("P6", "launch", "Launch of a job", LaunchCost.RunAsync) { MostRuns = 0, TakesRows = false },
    new("P7", "sku-sync", "SKU synchronisation: item by item, in bulk, with Clutch", SkuSyncSpeed.RunAsync) { FindProblem = SkuSyncSpeed.FindProblem, Variants = SkuSyncSpeed.Choices, Stores = SkuSyncSpeed.Stores },
    new("P8", "icalendar", "iCalendar", IcalSpeed.RunAsync) { TakesRows = false },
    new("P9", "calendar-import", "Import of 10,000 calendars", FeedImport.RunAsync),
    new("P9F", "calendar-faults", "Import of calendars in trouble", FaultyImport.RunAsync) { MostRuns = 0 },
    new("P10", "calendar-latency", "Calendar synchronisation: inside the main server, and beside it", MainServerLatency.RunAsync) { MostRuns = 3, Variants = MainServerLatency.Choices },
    new("P11", "cluster", "Partitions over many processes", ClusterSpeed.RunAsync) { TakesRows = false },
    new("P11C", "partition-claims", "Claims of partitions", PartitionClaims.RunAsync) { TakesRows = false },
    new("P12", "import-memory", "Memory of an import", ImportMemory.RunAsync),
    new("P13", "restart", "Restart after kill -9", RestartAfterKill.RunAsync) { FindProblem = RestartAfterKill.FindProblem },
    new("P14", "start-up", "Start-up of the command line", StartUp.RunAsync) { TakesRows = false },
    new("FILES", "delimited-files", "Delimited files", DelimitedSpeed.RunAsync) { MostRuns = 0, TakesRows = false },
    new("OUTBOX", "outbox", "Outbox", OutboxThroughput.RunAsync) { Variants = OutboxThroughput.Choices, Stores = ["sqlite", "postgresql"] },
    new("DASH", "dashboard", "Dashboard", PageCost.RunAsync) { TakesRows = false },
];
var known = benchmarks.ToDictionary(benchmark => benchmark.Name, StringComparer.Ordinal);

// Each benchmark runs in a process of its own, which is this program again.
if (args is ["MEASURE", var aimsFile, var name, .. var asked] && BenchmarkOptions.TryParse(asked, out var measured, out _))
{
    await known[name].RunAsync(measured, aimsFile, benchmarks);
    return 0;
}

return await ServeAsync();

async Task<int> ServeAsync()
{
    if (!BenchmarkOptions.TryParse(args, out var options, out var problem))
        return Refuse(problem);
    if (options.Names.FirstOrDefault(name => name != "ALL" && !known.ContainsKey(name)) is { } unknown)
        return Refuse($"{unknown} is unknown.");
    if (options.Names.Count == 0)
        return Refuse("Name what to measure.");
    IReadOnlyList<Benchmark> chosen = options.Names.Contains("ALL") ? benchmarks : [.. options.Names.Distinct().Select(name => known[name])];
    return options.FindProblem(chosen) is { } cannot
        ? Refuse(cannot)
        : await new Suite(chosen, [.. args.Where(argument => !options.Names.Contains(argument.ToUpperInvariant()))]).RunAsync(options.Runs);
}

int Refuse(string problem)
{
    Console.Error.WriteLine($"{problem} Benchmarks: ALL {string.Join(" ", known.Keys)}. Options: --runs N, --rows N, --variants A,B, --store sqlite|postgresql, --write; docs/benchmarks/README.md tells them.");
    return 2;
}
