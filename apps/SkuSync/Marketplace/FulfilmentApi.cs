using Clutch.Http;
using SkuSync.Catalog;

namespace SkuSync.Marketplace;

/// <summary>What the fulfilment API tells of its state, for reconciling.</summary>
internal sealed class FulfilmentApi(HttpChannel channel)
{
    // The most SKUs in one call that the contract promises to take.
    private const int BatchSize = 500;

    /// <summary>What the target has of these SKUs; one call an account and five hundred SKUs.</summary>
    public async ValueTask<IReadOnlyDictionary<SkuKey, TargetState>> FindStatesAsync(IReadOnlyCollection<SkuKey> keys, CancellationToken cancellationToken)
    {
        var calls = keys.GroupBy(key => key.AccountId).SelectMany(account => account.Chunk(BatchSize)).Select(part => AskAsync(part, cancellationToken));
        var answers = await Task.WhenAll(calls);
        return answers.SelectMany(answer => answer).ToDictionary(state => state.Key, state => state.State);
    }

    private async Task<IEnumerable<(SkuKey Key, TargetState State)>> AskAsync(SkuKey[] keys, CancellationToken cancellationToken)
    {
        var account = keys[0].AccountId;
        var request = new StateRequest(account, [.. keys.Select(key => key.SkuId)]);
        var answer = await channel.PostJsonAsync("./sku-states:batchGet", request, FulfilmentJson.Default.StateRequest, FulfilmentJson.Default.StateAnswer, cancellationToken);
        return answer.Items.Select(state => (new SkuKey(account, state.SkuId), state));
    }
}
