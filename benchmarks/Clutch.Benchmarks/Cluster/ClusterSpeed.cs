using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;
using Clutch.Benchmarks.Stores;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Benchmarks.Cluster;

/// <summary>P11: do N processes do N times the work that waits for something else, how evenly, and what does the database bear for it?</summary>
internal static class ClusterSpeed
{
    private const int LeastPartitions = 64;
    private const int PartitionsPerSlot = 4;
    private const int PauseMilliseconds = 2_000;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var server = await TemporaryPostgreSql.StartAsync("max_connections=1000");
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"P11: partitions of {PauseMilliseconds / 1_000} s, {ClusterNode.Slots} slots a process, PostgreSQL with its default durability"),
            "processes", "partitions", "s, median (least-most)", "ideal, s", "of linear", "partitions of a process, least and most", "sessions of the database");
        foreach (var processes in new[] { 1, 2, 4, 10 })
            await AddAsync(table, server.ConnectionString, processes, options);
        table.Write(options.Output, "All processes and the database share the machine.");
        await CountAsync(server.ConnectionString, options.Output);
    }

    private static async Task AddAsync(Table table, string connectionString, int processes, BenchmarkOptions options)
    {
        var partitions = Math.Max(LeastPartitions, PartitionsPerSlot * processes * ClusterNode.Slots);
        await using var manager = await ClusterNode.ManageAsync(connectionString);
        // Those that were killed before are forgotten first.
        await manager.MeetAsync();
        var others = Enumerable.Range(1, processes - 1).Select(_ => Start(connectionString)).ToList();
        try
        {
            await manager.MeetAsync(others);
            // The first run loads the code.
            await manager.RunAsync(2 * processes * ClusterNode.Slots, chunks: 1, pauseMilliseconds: 500);
            var seconds = new List<double>();
            for (var run = 0; run < options.Runs; run++)
            {
                var startedAt = Stopwatch.GetTimestamp();
                await manager.RunAsync(partitions, chunks: 1, PauseMilliseconds);
                seconds.Add(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
            }

            var ideal = partitions * PauseMilliseconds / 1_000.0 / (processes * ClusterNode.Slots);
            var linear = Spread.Of(seconds.Select(value => ideal / value));
            table.Add(
                processes.ToString(CultureInfo.InvariantCulture), partitions.ToString(CultureInfo.InvariantCulture), Spread.Of(seconds).Text("0.0"), ideal.ToString("0.0", CultureInfo.InvariantCulture),
                linear.Text("0.00"), await BalanceAsync(connectionString), await SessionsAsync(connectionString));
            Register(options.Aims, processes, linear.Median, Spread.Of(seconds).Median);
        }
        finally
        {
            foreach (var other in others)
            {
                await other.EndAsync();
                other.Dispose();
            }
        }
    }

    private static void Register(Aims aims, int processes, double linear, double seconds)
    {
        if (processes is 2 or 4)
            aims.AtLeast(string.Create(CultureInfo.InvariantCulture, $"{processes} processes"), 0.9, linear, " of linear");
        if (processes == 2)
            aims.AtMost("2 processes, 64 partitions of 2 s", 17.5, seconds, " s");
    }

    private static Process Start(string connectionString) => Programs.StartQuietly("dotnet", ["exec", typeof(ClusterSpeed).Assembly.Location, "CLUSTER-NODE", connectionString]);

    /// <summary>How many partitions of the last execution each process ran.</summary>
    private static async Task<string> BalanceAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand("""
            SELECT format('%s %s', min(number), max(number))
            FROM (
                SELECT count(*) AS number
                FROM clutch_step_execution
                WHERE job_execution_id = (SELECT max(id) FROM clutch_job_execution) AND partition_name IS NOT NULL
                GROUP BY node) AS nodes
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>How many sessions of the database the processes keep between two runs, this look's own among them.</summary>
    private static async Task<string> SessionsAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand("SELECT count(*)::text FROM pg_stat_activity WHERE backend_type = 'client backend'");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What one process sends for a partition and for a chunk that writes nothing: the differences of runs with more of each.</summary>
    private static async Task CountAsync(string connectionString, TextWriter output)
    {
        await using var proxy = CountingProxy.Before(connectionString);
        await using var node = await ClusterNode.ManageAsync(proxy.ConnectionString);
        await node.MeetAsync();
        await node.RunAsync(50, chunks: 1, pauseMilliseconds: 0);
        var few = await proxy.CountAsync(() => node.RunAsync(50, chunks: 1, pauseMilliseconds: 0));
        var morePartitions = await proxy.CountAsync(() => node.RunAsync(550, chunks: 1, pauseMilliseconds: 0));
        var moreChunks = await proxy.CountAsync(() => node.RunAsync(50, chunks: 11, pauseMilliseconds: 0));
        var idle = await proxy.CountAsync(() => Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System));
        var table = new Table("P11: what the database bears", "", "statements", "round trips", "transactions");
        Add("a chunk that writes nothing", moreChunks - few, 500);
        Add("a partition with one chunk", morePartitions - few, 500);
        Add("an idle node, per s", idle, 10);
        table.Write(output, "Statements count BEGIN and COMMIT. The node's own polling is in the first two rows, too.");

        void Add(string what, Traffic traffic, int count) => table.Add(what, Each(traffic.Statements, count), Each(traffic.RoundTrips, count), Each(traffic.Transactions, count));
    }

    private static string Each(long number, int count) => ((double)number / count).ToString("0.0", CultureInfo.InvariantCulture);
}
