using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulators.Fulfilment;

internal sealed record StateRequest(string? AccountId, IReadOnlyList<string>? SkuIds);

internal sealed record StateItem(string SkuId, long Version, bool Deleted, JsonElement? Payload);

internal sealed record StateAnswer(IReadOnlyList<StateItem> Items);

/// <summary>What the target has of SKUs, for callers that compare: one account and five hundred SKUs at most; unknown ones are left out.</summary>
internal sealed class FulfilmentStates(FulfilmentDatabase database, SimulatorOptions options, Pace pace)
{
    private const int MaxIds = 500;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/fulfilment/sku-states:batchGet", (Delegate)GetAsync);

    private async Task<IResult> GetAsync(HttpContext context)
    {
        var request = await context.Request.ReadFromJsonAsync(StateJson.Default.StateRequest, context.RequestAborted);
        if (request is not { AccountId: { } account, SkuIds: { } ids })
            return Problem.Malformed("The body must be an object with 'accountId' and 'skuIds', a list of texts.").ToResult();
        if (ids.Count > MaxIds)
            return Problem.TooMany(MaxIds).ToResult();
        await pace.WaitAsync(context, options.Latencies.StatusCall);
        return TypedResults.Json(new StateAnswer(Find(account, ids)), StateJson.Default.StateAnswer);
    }

    private List<StateItem> Find(string account, IReadOnlyList<string> ids)
    {
        using var connection = database.Open();
        return connection.Query(
            "SELECT sku_id, version, deleted, payload FROM target WHERE account_id = $account AND sku_id IN (SELECT value FROM json_each($ids))",
            row => new StateItem(row.GetString(0), row.GetInt64(1), row.GetInt32(2) == 1, row.IsDBNull(3) ? null : JsonElement.Parse(row.GetString(3))),
            ("$account", account), ("$ids", JsonSerializer.Serialize(ids, StateJson.Default.IReadOnlyListString)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StateRequest))]
[JsonSerializable(typeof(StateAnswer))]
internal sealed partial class StateJson : JsonSerializerContext;
