using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;
using Clutch.Benchmarks.Stores;
using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Server.Live;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Benchmarks.Dashboard;

/// <summary>DASH: how long does the server take for each page of the dashboard with a long history, and what do fifty open pages cost?</summary>
internal static class PageCost
{
    private const int HistoryCount = 100_000;
    private const int PartitionCount = 1_000;
    private const int WatcherCount = 50;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    // Ten jobs, an execution a minute, one in twenty failed: as the engine leaves them.
    private static readonly string FillPostgreSql = string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
        SELECT 'job-' || number % 10, md5(number::text) || md5(number::text), now() - number * interval '1 minute' FROM generate_series(1, {HistoryCount}) AS number;
        INSERT INTO clutch_job_execution (instance_id, job_name, attempt, status, exit_code, parameters, node, fence, lease_expires_at, started_at, ended_at, failure_type, failure_message)
        SELECT id, job_name, 1, CASE WHEN id % 20 = 0 THEN 'Failed' ELSE 'Completed' END, 'x', (SELECT parameters FROM clutch_job_execution LIMIT 1), 'host/scope/1/1', 1,
            created_at, created_at, created_at + (id % 50) * interval '1 second', CASE WHEN id % 20 = 0 THEN 'IOException' END, CASE WHEN id % 20 = 0 THEN 'The file is torn.' END
        FROM clutch_job_instance WHERE job_name LIKE 'job-%';
        INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, exit_code, start_count, node, fence, lease_expires_at, started_at, updated_at, ended_at, read_count, written_count)
        SELECT id, instance_id, 'load', status, exit_code, 1, node, 1, started_at, started_at, ended_at, ended_at, 1000, 1000 FROM clutch_job_execution WHERE job_name LIKE 'job-%';
        """);

    private static readonly string FillSqlite = string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
        WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {HistoryCount})
        SELECT 'job-' || number % 10, 'key-' || number, 1000 * unixepoch() - number * 60000 FROM numbers;
        INSERT INTO clutch_job_execution (instance_id, job_name, attempt, status, exit_code, parameters, node, fence, lease_expires_at, started_at, ended_at, failure_type, failure_message)
        SELECT id, job_name, 1, CASE WHEN id % 20 = 0 THEN 'Failed' ELSE 'Completed' END, 'x', (SELECT parameters FROM clutch_job_execution LIMIT 1), 'host/scope/1/1', 1,
            created_at, created_at, created_at + (id % 50) * 1000, CASE WHEN id % 20 = 0 THEN 'IOException' END, CASE WHEN id % 20 = 0 THEN 'The file is torn.' END
        FROM clutch_job_instance WHERE job_name LIKE 'job-%';
        INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, exit_code, start_count, node, fence, lease_expires_at, started_at, updated_at, ended_at, read_count, written_count)
        SELECT id, instance_id, 'load', status, exit_code, 1, node, 1, started_at, started_at, ended_at, ended_at, 1000, 1000 FROM clutch_job_execution WHERE job_name LIKE 'job-%';
        ANALYZE;
        """);

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var requests = Math.Max(3, options.Runs * 4);
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"DASH: a page of the dashboard, request to last byte on loopback, {HistoryCount:N0} executions in the history, a step of {PartitionCount:N0} partitions"),
            "page", "SQLite: ms, median (least-most)", "PostgreSQL: ms, median (least-most)", "KB");
        var folder = Directory.CreateTempSubdirectory("clutch-dash-").FullName;
        await using var server = await TemporaryPostgreSql.StartAsync();
        var (sqlite, sqliteQueries) = await MeasureAsync(services => services.AddClutchSqlite($"Data Source={Path.Combine(folder, "clutch.db")}"), FillSqlite, requests);
        var (postgreSql, postgreSqlQueries) = await MeasureAsync(services => services.AddClutchPostgreSql(server.ConnectionString), FillPostgreSql + "ANALYZE;", requests);
        Directory.Delete(folder, recursive: true);

        foreach (var (page, figures) in sqlite)
            table.Add(page, figures.Milliseconds.Text("0.0"), postgreSql[page].Milliseconds.Text("0.0"), (figures.Bytes / 1024).ToString(CultureInfo.InvariantCulture));
        table.Write(
            options.Output,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{WatcherCount} open streams for {Watched.TotalSeconds:0} s, with an execution at work: {sqliteQueries:0.00} queries a second for live data in all on SQLite, {postgreSqlQueries:0.00} on PostgreSQL."));
        foreach (var (store, pages, queries) in ((string, Dictionary<string, (Spread Milliseconds, int)>, double)[])[("SQLite", sqlite, sqliteQueries), ("PostgreSQL", postgreSql, postgreSqlQueries)])
        {
            options.Aims.AtMost($"slowest page, {store}", 200, pages.Values.Max(page => page.Milliseconds.Median), " ms");
            options.Aims.AtMost($"{WatcherCount} open streams, {store}", 1, queries, " queries a second");
        }
    }

    private static async Task<(Dictionary<string, (Spread Milliseconds, int Bytes)> Pages, double QueriesPerSecond)> MeasureAsync(Action<IServiceCollection> store, string fill, int requests)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        store(builder.Services);
        builder.Services.AddClutch(AddJobs);
        builder.Services.AddClutchServer();
        await using var application = builder.Build();
        application.MapClutchServer();
        await application.StartAsync();
        using var client = new HttpClient { BaseAddress = new(application.Urls.First()) };
        var launcher = application.Services.GetRequiredService<JobLauncher>();
        var parts = await (await launcher.LaunchAsync("parts", Parameters())).Run!.Completion;
        await application.Services.ExecuteAsync(fill);
        var paths = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["overview"] = "/",
            ["jobs"] = "/jobs",
            ["job"] = "/jobs/job-3",
            ["executions"] = "/executions",
            ["executions, filtered"] = "/executions?job=job-3&status=Failed",
            ["executions, a page deep inside"] = $"/executions?before={HistoryCount / 2}",
            ["execution of 1,000 partitions"] = $"/executions/{parts.Id}",
            ["step of 1,000 partitions"] = $"/executions/{parts.Id}/steps/work",
            ["dead letters"] = "/dead-letters",
            ["schedules"] = "/schedules",
            ["nodes"] = "/nodes",
            ["audit"] = "/audit",
        };
        var pages = new Dictionary<string, (Spread, int)>(StringComparer.Ordinal);
        foreach (var (name, path) in paths)
            pages[name] = await TimeAsync(client, path, requests);
        var queries = await WatchAsync(application.Services, client, launcher);
        await application.StopAsync();
        return (pages, queries);
    }

    private static void AddJobs(ClutchBuilder clutch)
    {
        for (var number = 0; number < 10; number++)
            clutch.AddJob(string.Create(CultureInfo.InvariantCulture, $"job-{number}"), job => job.WithRun().Step("load", (_, _) => Task.CompletedTask));
        clutch.AddJob("parts", job => job.WithRun().Step("work", step => step
            .ReadFrom([1])
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .Partition(_ => Partitioners.Of(Enumerable.Range(1, PartitionCount).Select(number => number.ToString("0000", CultureInfo.InvariantCulture))), concurrency: 8)));
        clutch.AddJob("long", job => job.WithRun().Step("work", step => step
            .ReadFrom(Enumerable.Range(1, 100_000).ToList())
            .WriteChunk(async (_, chunk, cancellationToken) => await Task.Delay(TimeSpan.FromMilliseconds(50), chunk.Step.TimeProvider, cancellationToken))
            .ChunkSize(100)));
    }

    private static Dictionary<string, string> Parameters() => new(StringComparer.Ordinal) { ["run"] = Guid.CreateVersion7().ToString() };

    private static async Task<(Spread Milliseconds, int Bytes)> TimeAsync(HttpClient client, string path, int requests)
    {
        var milliseconds = new List<double>();
        var bytes = 0;
        for (var request = -3; request < requests; request++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            bytes = (await client.GetByteArrayAsync(new Uri(path, UriKind.Relative))).Length;
            if (request >= 0)
                milliseconds.Add(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
        }

        return (Spread.Of(milliseconds), bytes);
    }

    private static async Task<double> WatchAsync(IServiceProvider services, HttpClient client, JobLauncher launcher)
    {
        var run = (await launcher.LaunchAsync("long", Parameters())).Run!;
        using var watched = new CancellationTokenSource();
        var watchers = Enumerable.Range(0, WatcherCount).Select(number => WatchAsync(client, number % 2 == 0 ? "/api/v1/events" : $"/api/v1/executions/{run.Execution.Id}/events", watched.Token)).ToList();
        var hub = services.GetRequiredService<LiveHub>();
        await Waiting.UntilAsync("the open streams", () => AreWatchingAsync(hub, watchers), TimeSpan.FromMilliseconds(50));
        var (before, startedAt) = (hub.QueryCount, Stopwatch.GetTimestamp());
        await Task.Delay(Watched, TimeProvider.System);
        var queries = (hub.QueryCount - before) / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        await watched.CancelAsync();
        await Task.WhenAll(watchers);
        run.RequestStop();
        await run.Completion;
        return queries;
    }

    private static async Task<bool> AreWatchingAsync(LiveHub hub, List<Task> watchers)
    {
        foreach (var ended in watchers.Where(watcher => watcher.IsCompleted))
        {
            await ended;
            throw new InvalidOperationException("A stream ended before it was watched.");
        }

        return hub.WatchCount >= WatcherCount;
    }

    private static async Task WatchAsync(HttpClient client, string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await client.GetStreamAsync(new Uri(path, UriKind.Relative), cancellationToken);
            await stream.CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }
}
