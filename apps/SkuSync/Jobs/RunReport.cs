using System.Globalization;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>The end of a run in words: counts, the three clocks, rates.</summary>
internal sealed class RunReport(SyncRuns runs, OutboxProgress outbox)
{
    /// <summary>Sets a run's second and third clock once all its changes have ended; false where some still move.</summary>
    public async ValueTask<bool> SettleAsync(SyncRun run, CancellationToken cancellationToken)
    {
        if (run.IngestedAt is not { } ingestedAt || await outbox.IsUnsettledAsync(run.StartedAt, ingestedAt, cancellationToken))
            return false;
        var outcome = await outbox.SumUpAsync(run.StartedAt, ingestedAt, cancellationToken);
        if (outcome.Unsettled > 0)
            return false;
        // A run without changes is accepted and synchronised when it is ingested.
        await runs.SetClocksAsync(run.Id, outcome.AcceptedAt ?? ingestedAt, outcome.CompletedAt ?? ingestedAt, cancellationToken);
        return true;
    }

    /// <summary>Sets the clocks of the latest runs whose changes have ended meanwhile.</summary>
    public async Task SettleAllAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListAsync(limit: 20, cancellationToken))
        {
            if (run.SyncedAt is null)
                await SettleAsync(run, cancellationToken);
        }
    }

    public async ValueTask WriteAsync(SyncRun run, TextWriter output, CancellationToken cancellationToken)
    {
        var counts = run.Counts;
        var outcome = await outbox.SumUpAsync(run.StartedAt, run.IngestedAt ?? run.EndedAt ?? DateTimeOffset.MaxValue.AddDays(-1), cancellationToken);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Run {run.Id} ('{run.Key}'): {run.Status}, listing {run.Listing ?? "not ended"}"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"  listed {counts.Listed:N0}   fetched {counts.Fetched:N0}   changed {counts.Changed:N0}   unchanged {counts.Unchanged:N0}   deleted {counts.Deleted:N0}   missing {counts.Missing:N0}   stale {counts.Stale:N0}   failed {counts.Failed:N0}"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"  outbox {outcome.Enqueued:N0}   synced {outcome.Synced:N0}   superseded {outcome.Superseded:N0}   failed {outcome.Failed:N0}   on their way {outcome.Unsettled:N0}"));
        await output.WriteLineAsync($"  {Clock("T_ingest", run, run.IngestedAt, counts.Listed)}{Clock("T_accepted", run, run.AcceptedAt, counts.Listed)}{Clock("T_synced", run, run.SyncedAt, counts.Listed)}");
    }

    private static string Clock(string name, SyncRun run, DateTimeOffset? at, long listed)
    {
        if (at is not { } instant)
            return $"{name} -   ";
        var seconds = (instant - run.StartedAt).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"{name} {seconds:0.00} s ({(seconds > 0 ? listed / seconds : 0):N0} SKUs/s)   ");
    }
}
