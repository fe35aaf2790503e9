using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P6: what does it cost to launch a job that does next to nothing, with an empty history and with a long one?</summary>
internal static class LaunchCost
{
    private const int LaunchCount = 500;
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
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"P6: launch of a job of one task step, {LaunchCount} in a row, PostgreSQL"),
            "history", "ms, median (5 %-95 %)", "statements", "round trips", "transactions");
        await AddAsync(table, server, "empty");
        await using (var services = await OpenAsync(server.ConnectionString))
        {
            await services.ExecuteAsync(Fill);
            // What autovacuum does within its minute.
            await services.ExecuteAsync("ANALYZE");
        }

        await AddAsync(table, server, string.Create(CultureInfo.InvariantCulture, $"{HistoryCount:N0} executions"));
        var commit = await CommitAsync(server.ConnectionString);
        table.Write(
            options.Output,
            "Aim: at most 3 ms, 10 statements, 4 transactions; 4 ms with the history.",
            $"For comparison, one INSERT of a row with its commit on this server: {commit.Text("0.00")} ms.");
    }

    private static async Task AddAsync(Table table, TemporaryPostgreSql server, string history)
    {
        List<double> milliseconds;
        await using (var services = await OpenAsync(server.ConnectionString))
            milliseconds = await TimeAsync(LaunchCount, () => StoreJobs.RunAsync(services, "tiny"));
        var traffic = await CountAsync(server.ConnectionString);
        table.Add(
            history,
            Percentiles(milliseconds).Text("0.00"),
            PerLaunch(traffic.Statements),
            PerLaunch(traffic.RoundTrips),
            PerLaunch(traffic.Transactions));
    }

    private static Task<ServiceProvider> OpenAsync(string connectionString) => StoreJobs.OpenAsync(
        services => services.AddClutchPostgreSql(connectionString),
        clutch => clutch.AddJob("tiny", job => job.WithRun().Step("work", (_, _) => Task.CompletedTask)));

    private static async Task<List<double>> TimeAsync(int count, Func<Task> work)
    {
        var milliseconds = new List<double>();
        for (var i = -count / 10; i < count; i++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            await work();
            if (i >= 0)
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
        return await proxy.CountAsync(async () =>
        {
            for (var i = 0; i < 100; i++)
                await StoreJobs.RunAsync(services, "tiny");
        });
    }

    private static async Task<Spread> CommitAsync(string connectionString)
    {
        await using var services = await OpenAsync(connectionString);
        await services.ExecuteAsync("CREATE TABLE committed (id bigint GENERATED ALWAYS AS IDENTITY)");
        return Percentiles(await TimeAsync(LaunchCount, () => services.ExecuteAsync("INSERT INTO committed DEFAULT VALUES")));
    }

    private static Spread Percentiles(List<double> values)
    {
        values.Sort();
        return new(values[values.Count / 20], values[values.Count / 2], values[values.Count * 19 / 20]);
    }

    private static string PerLaunch(long count) => (count / 100d).ToString("0.00", CultureInfo.InvariantCulture);
}
