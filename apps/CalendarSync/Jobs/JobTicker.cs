using CalendarSync.Exports;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Launches the jobs whenever something waits for them: one look at an index each tick, and a job execution only where there is work.</summary>
internal sealed class JobTicker(
    RelationalDatabase database, IJobRepository repository, JobLauncher launcher, IOptions<ImportOptions> options, TimeProvider timeProvider, ILogger<JobTicker> logger) : BackgroundService
{
    private static readonly IReadOnlyList<(string Job, string Probe)> Jobs =
    [
        (CalendarJobs.Import, $"SELECT 1 WHERE EXISTS (SELECT 1 FROM calendar_feed WHERE next_due_at <= @now AND {DueFeed.HasReaders})"),
        (CalendarJobs.Export, $"SELECT 1 WHERE EXISTS (SELECT 1 FROM calendar_export_feed WHERE {ExportStore.IsDue})"),
    ];

    /// <summary>Launches what is due, unless it runs already, here or elsewhere.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        foreach (var (job, probe) in Jobs) await LaunchWhereDueAsync(job, probe, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Tick, timeProvider);
        do
        {
            await TickAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LaunchWhereDueAsync(string job, string probe, CancellationToken cancellationToken)
    {
        try
        {
            var now = timeProvider.GetUtcNow();
            var look = new Statement(probe).With("now", now).With("before", now - ExportStore.FailurePause);
            if (await database.QueryAsync(look, Rows.All(row => row.GetInt32(0)), cancellationToken) is []) return;
            var last = await repository.ListExecutionsAsync(new ExecutionFilter { JobName = job, Limit = 5 }, cancellationToken);
            if (last.Any(execution => execution.Status.IsRunning)) return;
            if (last is [{ Status: BatchStatus.Failed } failed, ..])
            {
                await RetryAsync(failed, now, cancellationToken);
                return;
            }

            // Rounded, so that of several processes with one tick one runs the job and the others are told so.
            var asOf = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
            await launcher.LaunchAsync(job, new Dictionary<string, string>(StringComparer.Ordinal) { [CalendarJobs.AsOf] = JobParameters.Format(asOf) }, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // The database may be away for a while; this loop must outlive it.
            logger.JobLaunchFailed(job, fault);
        }
    }

    // The job's own restarts come first. When they have given up, the same run is tried now and then, and no new one beside it: it is one incident, with one alert, that ends when the run does.
    private async Task RetryAsync(JobExecution failed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (now - failed.EndedAt >= options.Value.RetryAfter) await launcher.RestartAsync(failed.Id, cancellationToken);
    }
}
