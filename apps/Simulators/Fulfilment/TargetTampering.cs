namespace Simulators.Fulfilment;

/// <summary>Lets a test damage the target behind everybody's back, for those who reconcile.</summary>
internal sealed class TargetTampering(FulfilmentDatabase database)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/control/fulfilment/tamper", (Delegate)TamperAsync);

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
