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

var options = BenchmarkOptions.Parse(args);
Benchmark[] benchmarks =
[
    new("P1", "engine-overhead", EngineOverhead.RunAsync),
    new("P1B", "chunk-commit", ChunkCommitCost.RunAsync),
    new("P2", "csv-to-postgresql", CsvToPostgreSql.RunAsync),
    new("P2S", "csv-to-sqlite", CsvToSqlite.RunAsync),
    new("P3", "table-to-table", TableToTable.RunAsync),
    new("P3U", "bulk-upsert", BulkUpsert.RunAsync),
    new("P4", "keyset-paging", KeysetPaging.RunAsync),
    new("P5", "refused-rows", RefusedRows.RunAsync),
    new("P6", "launch", LaunchCost.RunAsync),
    new("P7", "sku-sync", SkuSyncSpeed.RunAsync),
    new("P8", "icalendar", IcalSpeed.RunAsync),
    new("P9", "calendar-import", FeedImport.RunAsync),
    new("P9F", "calendar-faults", FaultyImport.RunAsync),
    new("P10", "calendar-latency", MainServerLatency.RunAsync),
    new("P11", "cluster", ClusterSpeed.RunAsync),
    new("P11C", "partition-claims", PartitionClaims.RunAsync),
    new("P12", "import-memory", ImportMemory.RunAsync),
    new("P13", "restart", RestartAfterKill.RunAsync),
    new("P14", "start-up", StartUp.RunAsync),
    new("FILES", "delimited-files", DelimitedSpeed.RunAsync),
    new("OUTBOX", "outbox", OutboxThroughput.RunAsync),
    new("DASH", "dashboard", PageCost.RunAsync),
];
var known = benchmarks.ToDictionary(benchmark => benchmark.Name, StringComparer.Ordinal);
var unknown = options.Names.Where(name => name != "ALL" && !known.ContainsKey(name)).ToList();
if (options.Names.Count == 0 || unknown.Count > 0)
{
    Console.Error.WriteLine($"Name the benchmarks to run: ALL {string.Join(" ", known.Keys)}. Options: --runs N, --rows N, --write; of P7: --variants naive,naive-whole,original,c4,c16,c32,delta,delta4,nochange,faults, --store sqlite|postgresql; of OUTBOX: --variants LatestWins,PerKey, --store.{(unknown.Count > 0 ? $" Unknown: {string.Join(" ", unknown)}." : string.Empty)}");
    return 2;
}

foreach (var benchmark in options.Names.Contains("ALL") ? benchmarks : options.Names.Select(name => known[name]))
    await benchmark.RunAsync(options);
return 0;
