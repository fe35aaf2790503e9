namespace SkuSync.Catalog;

/// <summary>A SKU as the summary lists it.</summary>
/// <param name="Key">Which SKU.</param>
/// <param name="Stamp">What changes whenever the SKU changes (an etag, a hash or an instant), or null where the summary offers none.</param>
/// <param name="UpdatedAt">When the source last changed it, or null where the summary does not say.</param>
internal sealed record ListedSku(SkuKey Key, string? Stamp, DateTimeOffset? UpdatedAt);
