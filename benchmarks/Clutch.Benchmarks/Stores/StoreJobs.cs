using System.Diagnostics;
using Clutch.Executions;
using Clutch.Hosting;
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
        await services.GetRequiredService<RelationalDatabase>().ChangeAsync(new Statement(sql), Rows.Affected, CancellationToken.None);

    public static async Task<long> CountAsync(this IServiceProvider services, string from) =>
        (await services.GetRequiredService<RelationalDatabase>().QueryAsync(new Statement($"SELECT count(*) FROM {from}"), Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];

    public static async Task ExpectAsync(this IServiceProvider services, string table, long count)
    {
        var found = await services.CountAsync(table);
        if (found != count)
            throw new InvalidOperationException($"Table '{table}' holds {found} rows, not {count}: the measurement did not do the work.");
    }

    /// <summary>Times another program from its start to its end.</summary>
    public static async Task<Measurement> TimeAsync(long items, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var startedAt = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? new(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, items)
            : throw new InvalidOperationException($"'{program}' ended with {process.ExitCode}: {await error}");
    }
}
