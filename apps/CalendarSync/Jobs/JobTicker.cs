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
    private const string ImportProbe = $"SELECT 1 WHERE EXISTS (SELECT 1 FROM calendar_feed WHERE next_due_at <= @now AND {DueFeed.HasReaders})";

    private const string ImportNowProbe =
        $"SELECT 1 WHERE EXISTS (SELECT 1 FROM calendar_feed WHERE next_due_at > @after AND next_due_at <= @now AND {DueFeed.IsWanted} AND {DueFeed.HasReaders})";

    private const string ExportProbe = $"SELECT 1 WHERE EXISTS (SELECT 1 FROM calendar_export_feed WHERE {ExportStore.IsDue})";

    /// <summary>Launches what is due, unless it runs already, here or elsewhere.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        // Rounded, so that of several processes with one tick one runs the job and the others are told so; and before the looks, so that a run sees what its look saw.
        var now = timeProvider.GetUtcNow();
        now = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        await TryAsync(CalendarJobs.Import, () => LaunchWhereDueAsync(CalendarJobs.Import, new Statement(ImportProbe).With("now", now), now, after: null, cancellationToken), cancellationToken);
        await TryAsync(CalendarJobs.ImportNow, () => LaunchImportNowAsync(now, cancellationToken), cancellationToken);
        await TryAsync(CalendarJobs.Export, () => LaunchWhereDueAsync(CalendarJobs.Export, new Statement(ExportProbe).With("before", now - ExportStore.FailurePause), now, after: null, cancellationToken), cancellationToken);
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

    private async Task TryAsync(string job, Func<Task> launch, CancellationToken cancellationToken)
    {
        try
        {
            await launch();
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // The database may be away for a while; this loop must outlive it.
            logger.JobLaunchFailed(job, fault);
        }
    }

    // Who asks while thousands of feeds are being imported would wait for all of them.
    private async Task LaunchImportNowAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var imports = await ListLastAsync(CalendarJobs.Import, cancellationToken);
        if (imports.FirstOrDefault(execution => execution.Status.IsRunning) is not { } running) return;
        var after = running.Parameters.Get<DateTimeOffset>(CalendarJobs.AsOf);
        await LaunchWhereDueAsync(CalendarJobs.ImportNow, new Statement(ImportNowProbe).With("now", now).With("after", after), now, after, cancellationToken);
    }

    private async Task LaunchWhereDueAsync(string job, Statement probe, DateTimeOffset now, DateTimeOffset? after, CancellationToken cancellationToken)
    {
        if (await database.QueryAsync(probe, Rows.All(row => row.GetInt32(0)), cancellationToken) is []) return;
        var last = await ListLastAsync(job, cancellationToken);
        if (last.Any(execution => execution.Status.IsRunning)) return;
        if (last is [{ Status: BatchStatus.Failed } failed, ..])
        {
            await RetryAsync(failed, now, cancellationToken);
            return;
        }

        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { [CalendarJobs.AsOf] = JobParameters.Format(now) };
        if (after is { } bound) parameters[CalendarJobs.After] = JobParameters.Format(bound);
        await launcher.LaunchAsync(job, parameters, cancellationToken);
    }

    private async Task<IReadOnlyList<JobExecution>> ListLastAsync(string job, CancellationToken cancellationToken) =>
        await repository.ListExecutionsAsync(new ExecutionFilter { JobName = job, Limit = 5 }, cancellationToken);

    // The job's own restarts come first. When they have given up, the same run is tried now and then, and no new one beside it: it is one incident, with one alert, that ends when the run does.
    private async Task RetryAsync(JobExecution failed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (now - failed.EndedAt >= options.Value.RetryAfter) await launcher.RestartAsync(failed.Id, cancellationToken);
    }
}
