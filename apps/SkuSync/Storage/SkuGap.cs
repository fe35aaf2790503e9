using SkuSync.Catalog;

namespace SkuSync.Storage;

/// <summary>A listed SKU that a run could not have, or only an old state of.</summary>
/// <param name="Listed">The SKU as it was listed.</param>
/// <param name="Reason">What is missing.</param>
/// <param name="Problem">What the detail API said, or null.</param>
internal sealed record SkuGap(ListedSku Listed, GapReason Reason, string? Problem);

/// <summary>Why a listed SKU is not stored as listed.</summary>
internal enum GapReason
{
    /// <summary>The detail API gave an error for it.</summary>
    Failed,

    /// <summary>The detail API knows no such SKU.</summary>
    NotFound,

    /// <summary>The detail is older than the summary says; it is stored, and the next run asks again.</summary>
    Stale,
}
