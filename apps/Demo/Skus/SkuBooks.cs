using Demo.World;
using Simulators.Fulfilment;
using Simulators.Stock;

namespace Demo.Skus;

/// <summary>Compares the stock system's truth with the target, and looks through the target's ledger for effects that happened twice.</summary>
internal sealed class SkuBooks(WorldClient world)
{
    /// <summary>SKUs that are at the target as they are in the stock system, SKUs that are not, and effects beyond the first of a version.</summary>
    public async Task<(long Compared, long Right, long Lost, long Doubled)> CompareAsync(CancellationToken cancellationToken)
    {
        var target = new Dictionary<(string, string), TargetRow>();
        await foreach (var row in world.ReadAsync("control/fulfilment/target", FulfilmentJson.Default.TargetRow, cancellationToken))
            target[(row.AccountId, row.SkuId)] = row;
        long compared = 0, right = 0, lost = 0;
        await foreach (var truth in world.ReadAsync("control/stock/truth", StockJson.Default.StockTruth, cancellationToken))
        {
            compared++;
            // The target refuses bad SKUs, so they may not be there; they are the dead letters.
            var isRight = IsRight(truth, target.GetValueOrDefault((truth.AccountId, truth.SkuId)));
            (right, lost) = isRight ? (right + (truth.Deleted || truth.Bad ? 0 : 1), lost) : (right, lost + 1);
        }

        return (compared, right, lost, await CountDoubledAsync(cancellationToken));
    }

    private static bool IsRight(StockTruth truth, TargetRow? row) =>
        truth.Deleted || truth.Bad ? row is null or { Deleted: true } : row is { Deleted: false } && row.Hash == truth.Hash;

    private async Task<long> CountDoubledAsync(CancellationToken cancellationToken)
    {
        long doubled = 0;
        var highest = new Dictionary<(string, string), long>();
        for (long? after = 0; after is not null;)
        {
            var page = await world.GetAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"control/fulfilment/ledger?after={after}"), FulfilmentJson.Default.LedgerPage, cancellationToken);
            foreach (var effect in page.Entries)
            {
                // Versions of an SKU rise; one that does not is the same change again, or an older one.
                var key = (effect.AccountId, effect.SkuId);
                doubled += effect.Version <= highest.GetValueOrDefault(key) ? 1 : 0;
                highest[key] = Math.Max(effect.Version, highest.GetValueOrDefault(key));
            }

            after = page.Next;
        }

        return doubled;
    }
}
