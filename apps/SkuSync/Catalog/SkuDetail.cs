using System.Text.Json;

namespace SkuSync.Catalog;

/// <summary>A SKU's data as the detail API gives it.</summary>
/// <param name="Key">Which SKU.</param>
/// <param name="UpdatedAt">When the source last changed it, or null where it does not say.</param>
/// <param name="Payload">The whole object, kept and sent as it came.</param>
internal sealed record SkuDetail(SkuKey Key, DateTimeOffset? UpdatedAt, JsonElement Payload);
