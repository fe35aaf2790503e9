using Clutch.Executions;
using Clutch.Repository;
using Clutch.Steps;
using SkuSync.Catalog;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>Begins a run with its job execution, or takes it up again; refuses while another is at work.</summary>
/// <remarks>
/// The database lets one run of a kind be active. One whose process died is taken up by a restart of its job, or ended by the next run: its late chunks are refused, for each checks in its transaction
/// that its run is still the active one.
/// </remarks>
internal sealed class RunKeeper(SyncRuns runs, IJobRepository repository, ContentHash hash, DatabasePatience patience, ILogger<RunKeeper> logger) : IBatchListener
{
    // A run that was begun although the answer was lost is found by its key.
    public async ValueTask BeforeJobAsync(JobExecution execution, CancellationToken cancellationToken) =>
        await patience.RunAsync(token => BeginAsync(execution, token), cancellationToken);

    private async Task BeginAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        var key = execution.Parameters.Get<string>(ExtractJob.RunParameter);
        if (await runs.FindAsync(key, cancellationToken) is { } known)
            await ResumeAsync(known, execution, cancellationToken);
        else
            await StartAsync(key, execution, cancellationToken);
    }

    private async ValueTask ResumeAsync(SyncRun run, JobExecution execution, CancellationToken cancellationToken)
    {
        if (run.Status is SyncRunStatus.Superseded)
            throw new RunSupersededException(run.Id);
        if (run.Status is not (SyncRunStatus.Running or SyncRunStatus.Held))
            return;
        // The rules may have changed while it was interrupted.
        await RefuseOtherHashesAsync(cancellationToken);
        if (!await runs.ResumeAsync(run.Id, execution.Id.Value, cancellationToken))
            throw Busy(await runs.FindActiveAsync(cancellationToken));
    }

    private async ValueTask StartAsync(string key, JobExecution execution, CancellationToken cancellationToken)
    {
        await RefuseOtherHashesAsync(cancellationToken);
        var active = await runs.FindActiveAsync(cancellationToken);
        if (active is not null && await IsAtWorkAsync(active, cancellationToken))
            throw Busy(active);
        if (!await runs.StartAsync(key, execution.Id.Value, hash.Rules, active?.Id, cancellationToken))
            throw Busy(await runs.FindActiveAsync(cancellationToken));
        if (active is not null)
            logger.RunSuperseded(active.Id, active.Key, key);
    }

    private async ValueTask RefuseOtherHashesAsync(CancellationToken cancellationToken)
    {
        var (count, rules) = await runs.CountOtherHashesAsync(hash.Rules, cancellationToken);
        if (count > 0)
        {
            throw new InvalidOperationException(
                $"What counts as a change was configured anew: {count} stored SKUs have hashes by '{rules}', the configuration says '{hash.Rules}'. " +
                "'SkuSync run rehash' tells how many SKUs would be sent again and changes nothing; 'SkuSync run rehash apply=true' takes the new rules over.");
        }
    }

    private async ValueTask<bool> IsAtWorkAsync(SyncRun run, CancellationToken cancellationToken) =>
        await repository.FindExecutionAsync(new(run.JobExecutionId), cancellationToken) is { Status.IsRunning: true };

    private static InvalidOperationException Busy(SyncRun? active) => new(active is null
        ? "Another run began at the same moment. Try again."
        : $"Run {active.Id} ('{active.Key}') is at work already, as job execution {active.JobExecutionId}. Wait for its end, or stop it.");
}
