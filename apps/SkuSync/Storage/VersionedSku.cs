using SkuSync.Catalog;

namespace SkuSync.Storage;

/// <summary>A SKU whose state changed, with the version that its new state has.</summary>
internal readonly record struct VersionedSku(SkuKey Key, long Version);

/// <summary>What the interface table knows of a listed SKU.</summary>
/// <param name="Stamp">The summary's stamp of the stored state, or null where the source must be asked again.</param>
/// <param name="IsDeleted">It is a tombstone.</param>
/// <param name="HashRules">The rules its hash was made by.</param>
internal sealed record KnownSku(string? Stamp, bool IsDeleted, string HashRules);
