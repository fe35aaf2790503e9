using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>Holds a run that would delete more than is usual, until a person approves: a broken listing looks like a mass deletion.</summary>
internal sealed class DeletionGuard(SyncRuns runs, SkuOptions options, ILogger<DeletionGuard> logger)
{
    /// <summary>Holds the run where it deletes too much and nobody approved; true where it did.</summary>
    public async ValueTask<bool> HoldsAsync(long run, CancellationToken cancellationToken)
    {
        var (alive, toDelete) = await runs.CountDeletionsAsync(run, options.MissingRuns, cancellationToken);
        if (!IsTooMuch(alive, toDelete) || await IsApprovedAsync(run, cancellationToken))
            return false;
        await runs.HoldAsync(run, cancellationToken);
        logger.DeletionsHeld(run, toDelete, alive);
        return true;
    }

    /// <exception cref="InvalidOperationException">The run deletes too much and nobody approved.</exception>
    public async ValueTask ThrowIfHeldAsync(long run, CancellationToken cancellationToken)
    {
        var (alive, toDelete) = await runs.CountDeletionsAsync(run, options.MissingRuns, cancellationToken);
        if (IsTooMuch(alive, toDelete) && !await IsApprovedAsync(run, cancellationToken))
        {
            await runs.HoldAsync(run, cancellationToken);
            throw new InvalidOperationException(
                $"Run {run} wants to delete {toDelete} of {alive} SKUs and waits for approval. Look at them (deleted_at IS NULL AND missing_runs > 0 in if_sku), then write 'SkuSync approve {run}'.");
        }
    }

    private bool IsTooMuch(long alive, long toDelete) => toDelete > options.DeletionCount && toDelete > alive * options.DeletionShare;

    private async ValueTask<bool> IsApprovedAsync(long run, CancellationToken cancellationToken) => (await runs.GetAsync(run, cancellationToken)).ApprovedAt is not null;
}
