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
    new("P1", "engine-overhead", "What the engine costs an item", EngineOverhead.RunAsync),
    new("P1B", "chunk-commit", "What a chunk costs", ChunkCommitCost.RunAsync),
    new("P2", "csv-to-postgresql", "CSV to PostgreSQL", CsvToPostgreSql.RunAsync),
    new("P2S", "csv-to-sqlite", "CSV to SQLite", CsvToSqlite.RunAsync),
    new("P3", "table-to-table", "Table to table", TableToTable.RunAsync),
    new("P3U", "bulk-upsert", "Bulk upsert", BulkUpsert.RunAsync),
    new("P4", "keyset-paging", "Keyset paging", KeysetPaging.RunAsync),
    new("P5", "refused-rows", "Rows that the database refuses", RefusedRows.RunAsync),
    new("P6", "launch", "Launch of a job", LaunchCost.RunAsync),
    new("P7", "sku-sync", "SKU synchronisation: item by item, in bulk, with Clutch", SkuSyncSpeed.RunAsync),
    new("P8", "icalendar", "iCalendar", IcalSpeed.RunAsync),
    new("P9", "calendar-import", "Import of 10,000 calendars", FeedImport.RunAsync),
    new("P9F", "calendar-faults", "Import of calendars in trouble", FaultyImport.RunAsync),
    new("P10", "calendar-latency", "Calendar synchronisation: inside the main server, and beside it", MainServerLatency.RunAsync),
    new("P11", "cluster", "Partitions over many processes", ClusterSpeed.RunAsync),
    new("P11C", "partition-claims", "Claims of partitions", PartitionClaims.RunAsync),
    new("P12", "import-memory", "Memory of an import", ImportMemory.RunAsync),
    new("P13", "restart", "Restart after kill -9", RestartAfterKill.RunAsync),
    new("P14", "start-up", "Start-up of the command line", StartUp.RunAsync),
    new("FILES", "delimited-files", "Delimited files", DelimitedSpeed.RunAsync),
    new("OUTBOX", "outbox", "Outbox", OutboxThroughput.RunAsync),
    new("DASH", "dashboard", "Dashboard", PageCost.RunAsync),
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
