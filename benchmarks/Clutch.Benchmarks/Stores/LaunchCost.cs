using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Benchmarks.Stores;

/// <summary>P6: what does it cost to launch a job that does next to nothing, with an empty history and with a long one?</summary>
internal static class LaunchCost
{
    private const int LaunchCount = 500;
    private const int BlockSize = 50;
    private const int CountedLaunches = 100;
    private const int HistoryCount = 100_000;

    // Instances with one completed execution of one completed step, as the engine leaves them.
    private static readonly string Fill = string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
        SELECT 'tiny', md5(number::text) || md5(number::text), now() FROM generate_series(1, {HistoryCount}) AS number;
        INSERT INTO clutch_job_execution (instance_id, job_name, attempt, status, exit_code, parameters, node, fence, lease_expires_at, started_at, ended_at)
        SELECT id, job_name, 1, 'Completed', 'Completed', parameters, 'node', 1, now(), now(), now()
        FROM clutch_job_instance
        CROSS JOIN (SELECT parameters FROM clutch_job_execution LIMIT 1) AS sample
        WHERE NOT EXISTS (SELECT 1 FROM clutch_job_execution WHERE instance_id = clutch_job_instance.id);
        INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, exit_code, start_count, node, fence, lease_expires_at, started_at, updated_at, ended_at)
        SELECT id, instance_id, 'work', 'Completed', 'Completed', 1, 'node', 1, now(), now(), now(), now()
        FROM clutch_job_execution
        WHERE NOT EXISTS (SELECT 1 FROM clutch_step_execution WHERE job_execution_id = clutch_job_execution.id);
        """);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var empty = await OpenAsync(server.ConnectionString);
        await empty.ExecuteAsync("CREATE DATABASE long");
        var history = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "long" }.ConnectionString;
        await using var filled = await OpenAsync(history);
        await FillAsync(filled);
        var (withoutHistory, withHistory) = await LaunchInTurnAsync(empty, filled);
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"P6: launch of a job of one task step, {LaunchCount} times, PostgreSQL"),
            "history", "ms, median (5 %-95 %)", "statements", "round trips", "transactions");
        var few = await CountAsync(server.ConnectionString);
        var many = await CountAsync(history);
        AddRow(table, "empty", withoutHistory, few);
        AddRow(table, string.Create(CultureInfo.InvariantCulture, $"{HistoryCount:N0} executions"), withHistory, many);
        var commit = await CommitAsync(empty);
        table.Write(
            options.Output,
            string.Create(CultureInfo.InvariantCulture, $"{BlockSize} launches in a row in the one database, then in the other. For comparison, one INSERT of a row with its commit on this server: {commit.Text("0.00")} ms."));
        options.Aims.AtMost("a launch, empty history", 3, withoutHistory.Median, " ms");
        options.Aims.AtMost("a launch, 100,000 executions in the history", 4, withHistory.Median, " ms");
        options.Aims.AtMost("statements a launch", 10, Math.Max(PerLaunch(few.Statements), PerLaunch(many.Statements)), string.Empty);
        options.Aims.AtMost("transactions a launch", 4, Math.Max(PerLaunch(few.Transactions), PerLaunch(many.Transactions)), string.Empty);
    }

    private static async Task FillAsync(IServiceProvider services)
    {
        // What it is copied from.
        await StoreJobs.RunAsync(services, "tiny");
        await services.ExecuteAsync(Fill);
        // What autovacuum does within its minute.
        await services.ExecuteAsync("VACUUM ANALYZE");
        await services.CheckpointAsync();
    }

    private static async Task<(Spread Empty, Spread Filled)> LaunchInTurnAsync(IServiceProvider empty, IServiceProvider filled)
    {
        var times = new Dictionary<IServiceProvider, List<double>> { [empty] = [], [filled] = [] };
        foreach (var services in times.Keys)
            await Comparison.WarmUpAsync(() => StoreJobs.RunAsync(services, "tiny"));
        for (var block = 0; block < LaunchCount / BlockSize; block++)
        {
            foreach (var services in block % 2 == 0 ? [empty, filled] : (IServiceProvider[])[filled, empty])
                times[services].AddRange(await TimeAsync(BlockSize, () => StoreJobs.RunAsync(services, "tiny")));
        }

        return (Percentiles(times[empty]), Percentiles(times[filled]));
    }

    private static void AddRow(Table table, string history, Spread milliseconds, Traffic traffic)
    {
        static string Cell(long count) => PerLaunch(count).ToString("0.00", CultureInfo.InvariantCulture);
        table.Add(history, milliseconds.Text("0.00"), Cell(traffic.Statements), Cell(traffic.RoundTrips), Cell(traffic.Transactions));
    }

    private static Task<ServiceProvider> OpenAsync(string connectionString) => StoreJobs.OpenAsync(
        services => services.AddClutchPostgreSql(connectionString),
        clutch => clutch.AddJob("tiny", job => job.WithRun().Step("work", (_, _) => Task.CompletedTask)));

    private static async Task<List<double>> TimeAsync(int count, Func<Task> work)
    {
        var milliseconds = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            await work();
            milliseconds.Add(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
        }

        return milliseconds;
    }

    private static async Task<Traffic> CountAsync(string connectionString)
    {
        await using var proxy = CountingProxy.Before(connectionString);
        await using var services = await OpenAsync(proxy.ConnectionString);
        for (var i = 0; i < 20; i++)
            await StoreJobs.RunAsync(services, "tiny");
        return await proxy.CountAsync(() => TimeAsync(CountedLaunches, () => StoreJobs.RunAsync(services, "tiny")));
    }

    private static async Task<Spread> CommitAsync(IServiceProvider services)
    {
        await services.ExecuteAsync("CREATE TABLE committed (id bigint GENERATED ALWAYS AS IDENTITY)");
        Task InsertAsync() => services.ExecuteAsync("INSERT INTO committed DEFAULT VALUES");
        await Comparison.WarmUpAsync(InsertAsync);
        return Percentiles(await TimeAsync(LaunchCount, InsertAsync));
    }

    private static Spread Percentiles(List<double> values)
    {
        values.Sort();
        return new(values[values.Count / 20], values[values.Count / 2], values[values.Count * 19 / 20]);
    }

    private static double PerLaunch(long count) => (double)count / CountedLaunches;
}
