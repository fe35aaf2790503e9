using System.Text.Json;

namespace Simulators.Fulfilment;

/// <summary>Tells what the target has, for those who reconcile, and lets a test damage it.</summary>
internal sealed class TargetEndpoints(FulfilmentDatabase database, SimulatorOptions options, Pace pace)
{
    private const int MaxIds = 500;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/fulfilment/sku-states:batchGet", (Delegate)GetStatesAsync);
        routes.MapPost("/control/fulfilment/tamper", (Delegate)TamperAsync);
    }

    private async Task<IResult> GetStatesAsync(HttpContext context)
    {
        var request = await context.Request.ReadFromJsonAsync(FulfilmentJson.Default.StatesRequest, context.RequestAborted);
        if (request is not { AccountId: { } account, SkuIds: { } ids })
            return Problem.Malformed("The body must be an object with 'accountId' and 'skuIds'.").ToResult();
        if (ids.Count > MaxIds)
            return Problem.TooMany(MaxIds).ToResult();
        await pace.WaitAsync(context, options.Latencies.StatusCall);
        using var connection = database.Open();
        var states = connection.Query("""
            SELECT sku_id, version, deleted, payload FROM target WHERE account_id = $account AND sku_id IN (SELECT value FROM json_each($skus))
            """,
            row => new TargetState(row.GetString(0), row.GetInt64(1), row.GetInt32(2) == 1, row.Text(3) is { } payload ? JsonSerializer.Deserialize(payload, FulfilmentJson.Default.JsonElement) : null),
            ("$account", account), ("$skus", JsonSerializer.Serialize(ids, FulfilmentJson.Default.IReadOnlyListString)));
        return TypedResults.Json(new StatesAnswer(states), FulfilmentJson.Default.StatesAnswer);
    }

    private async Task<IResult> TamperAsync(HttpContext context)
    {
        if (await context.Request.ReadFromJsonAsync(FulfilmentJson.Default.TamperOrder, context.RequestAborted) is not { AccountId: not null, SkuId: not null } order)
            return Problem.Malformed("The body must be an object with 'accountId' and 'skuId', and 'forget' or 'payload'.").ToResult();
        var changed = await database.WriteAsync(connection => order.Forget
            ? connection.Run("DELETE FROM target WHERE account_id = $account AND sku_id = $sku", ("$account", order.AccountId), ("$sku", order.SkuId))
            : connection.Run("UPDATE target SET payload = $payload, hash = $hash WHERE account_id = $account AND sku_id = $sku", ("$account", order.AccountId), ("$sku", order.SkuId),
                ("$payload", order.Payload?.GetRawText()), ("$hash", order.Payload is { } payload ? CanonicalJson.HashOf(payload) : null)));
        return changed == 1 ? TypedResults.NoContent() : Problem.NotKnown($"The SKU '{order.SkuId}' of account '{order.AccountId}'").ToResult();
    }
}
