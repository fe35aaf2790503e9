using System.Diagnostics;
using Clutch.Benchmarks.Processes;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>Runs jobs and commands for the measurements over databases.</summary>
internal static class StoreJobs
{
    /// <summary>Services with a migrated repository and these jobs.</summary>
    public static async Task<ServiceProvider> OpenAsync(Action<IServiceCollection> store, Action<ClutchBuilder> jobs)
    {
        var services = new ServiceCollection();
        store(services);
        services.AddClutch(jobs);
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        return provider;
    }

    /// <summary>Runs a job with a parameter <c>run</c> that nothing had before.</summary>
    public static async Task<JobExecution> RunAsync(IServiceProvider services, string job)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["run"] = Guid.CreateVersion7().ToString() };
        var launch = await services.GetRequiredService<JobLauncher>().LaunchAsync(job, parameters);
        var ended = await launch.Run!.Completion;
        return ended.Status is BatchStatus.Completed ? ended : throw new InvalidOperationException($"Job '{job}' ended {ended.Status}: {ended.Failure?.Details ?? ended.Failure?.Message}");
    }

    public static JobBuilder WithRun(this JobBuilder job) => job.Parameter<string>("run");

    public static async Task ExecuteAsync(this IServiceProvider services, string sql) =>
        await services.GetRequiredService<RelationalDatabase>().ChangeAsync(new Statement(sql) { HasTimeout = false }, Rows.Affected, CancellationToken.None);

    /// <summary>Lets PostgreSQL write what it still owes the disk, so that it does not do so while the next variant is timed.</summary>
    public static Task CheckpointAsync(this IServiceProvider services) => services.ExecuteAsync("CHECKPOINT");

    public static Task<long> CountAsync(this IServiceProvider services, string from) => services.NumberAsync($"SELECT count(*) FROM {from}");

    /// <summary>The first column of the first row.</summary>
    public static async Task<long> NumberAsync(this IServiceProvider services, string sql) =>
        (await services.GetRequiredService<RelationalDatabase>().QueryAsync(new Statement(sql) { HasTimeout = false }, Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];

    public static async Task ExpectAsync(this IServiceProvider services, string from, long count) => Expect(count, await services.CountAsync(from));

    public static void Expect(long count, long found)
    {
        if (found != count)
            throw new InvalidOperationException($"There are {found} rows, not {count}: the measurement did not do the work.");
    }

    /// <summary>Reads all items in chunks and keeps none.</summary>
    public static async Task<long> ReadAllAsync<T>(IServiceProvider services, IItemReader<T> reader, int chunkSize)
    {
        await using var _ = (IAsyncDisposable)reader;
        await reader.OpenAsync(resumeFrom: null, Step(services), CancellationToken.None);
        var batch = new ReadBatch<T>(chunkSize);
        var count = 0L;
        while (!batch.IsEnd)
        {
            batch.Clear(firstOrdinal: count + 1);
            await reader.ReadAsync(batch, CancellationToken.None);
            count += batch.Count;
        }

        return count;
    }

    /// <summary>Times another program, run with each of these arguments at once, from its start to its end.</summary>
    public static async Task<Measurement> TimeAsync(long items, string program, params IReadOnlyList<string>[] arguments)
    {
        var startedAt = Stopwatch.GetTimestamp();
        await Task.WhenAll(arguments.Select(ofOne => Programs.ReadAsync(program, ofOne)));
        return new(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, items);
    }

    private static StepContext Step(IServiceProvider services) => new()
    {
        JobName = "benchmark",
        StepName = "read",
        InstanceId = new(1),
        JobExecutionId = new(1),
        StepExecutionId = new(1),
        Parameters = JobParameters.Empty,
        Services = services,
        TimeProvider = TimeProvider.System,
    };
}
