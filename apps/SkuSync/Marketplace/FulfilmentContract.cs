using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkuSync.Marketplace;

/// <summary>The body of <c>POST sku-states:batchGet</c>.</summary>
internal sealed record StateRequest(string AccountId, IReadOnlyList<string> SkuIds);

/// <summary>Its answer: the SKUs the target knows, in any order; those it never had are absent.</summary>
internal sealed record StateAnswer
{
    public required IReadOnlyList<TargetState> Items { get; init; }
}

/// <summary>A SKU as the target has it.</summary>
/// <param name="SkuId">Which SKU.</param>
/// <param name="Version">The highest version it applied.</param>
/// <param name="Deleted">Whether that was a DELETE.</param>
/// <param name="Payload">The content, or null where it is deleted or the target does not tell.</param>
internal sealed record TargetState(string SkuId, long Version, bool Deleted, JsonElement? Payload);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StateRequest))]
[JsonSerializable(typeof(StateAnswer))]
internal sealed partial class FulfilmentJson : JsonSerializerContext;
