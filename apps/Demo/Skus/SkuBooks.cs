using Demo.World;
using Simulators.Fulfilment;
using Simulators.Stock;

namespace Demo.Skus;

/// <summary>Compares the stock system's truth with the target, and looks through the target's ledger for effects that happened twice.</summary>
internal sealed class SkuBooks(WorldClient world)
{
    /// <summary>SKUs that are at the target as they are in the stock system, SKUs that are not, bad ones that the target refused, and effects beyond the first of a change.</summary>
    /// <param name="refused">The SKUs of the dead letters: a bad one that is not among them was lost on the way, for the target takes none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<SkuVerdict> CompareAsync(IReadOnlySet<(string AccountId, string SkuId)> refused, CancellationToken cancellationToken)
    {
        var target = new Dictionary<(string, string), TargetRow>();
        await foreach (var row in world.ReadAsync("control/fulfilment/target", FulfilmentJson.Default.TargetRow, cancellationToken))
            target[(row.AccountId, row.SkuId)] = row;
        long compared = 0, right = 0, lost = 0, rightlyRefused = 0;
        await foreach (var truth in world.ReadAsync("control/stock/truth", StockJson.Default.StockTruth, cancellationToken))
        {
            compared++;
            target.Remove((truth.AccountId, truth.SkuId), out var row);
            var isRefused = refused.Contains((truth.AccountId, truth.SkuId));
            rightlyRefused += truth.Bad && isRefused ? 1 : 0;
            var isRight = IsRight(truth, row) && (truth.Deleted || !truth.Bad || isRefused);
            (right, lost) = isRight ? (right + (truth.Deleted || truth.Bad ? 0 : 1), lost) : (right, lost + 1);
        }

        // What is left lives at the target alone.
        return new(compared, right, rightlyRefused, lost, target.Values.Count(row => !row.Deleted) + await CountDoubledAsync(cancellationToken));
    }

    private static bool IsRight(StockTruth truth, TargetRow? row) =>
        truth.Deleted || truth.Bad ? row is null or { Deleted: true } : row is { Deleted: false } && row.Hash == truth.Hash;

    private async Task<long> CountDoubledAsync(CancellationToken cancellationToken)
    {
        long doubled = 0;
        var last = new Dictionary<(string, string), LedgerEntry>();
        for (long? after = 0; after is not null;)
        {
            var page = await world.GetAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"control/fulfilment/ledger?after={after}"), FulfilmentJson.Default.LedgerPage, cancellationToken);
            foreach (var effect in page.Entries)
            {
                var key = (effect.AccountId, effect.SkuId);
                doubled += last.TryGetValue(key, out var before) && IsAgain(effect, before) ? 1 : 0;
                last[key] = effect;
            }

            after = page.Next;
        }

        return doubled;
    }

    // The target's guard lets no version through twice, so a change that was sent again under a new one shows by its content: each change of the demo's world gives a SKU content that it did not have before.
    private static bool IsAgain(LedgerEntry effect, LedgerEntry before) => effect.Version <= before.Version || (effect.Op == before.Op && effect.Hash == before.Hash);
}

/// <summary>What the books say.</summary>
/// <param name="Compared">SKUs of the stock system.</param>
/// <param name="Right">At the target as they are in the stock system.</param>
/// <param name="RightlyRefused">Bad ones that are dead letters.</param>
/// <param name="Lost">All others.</param>
/// <param name="Doubled">Effects beyond the first of a change, and SKUs that the target alone has.</param>
internal readonly record struct SkuVerdict(long Compared, long Right, long RightlyRefused, long Lost, long Doubled);
