using SkuSync.Catalog;

namespace SkuSync.Storage;

/// <summary>A SKU that a run could not have, or only an old state of.</summary>
/// <param name="Listed">The SKU as it was listed.</param>
/// <param name="Reason">What is missing.</param>
/// <param name="Problem">What the detail API said, or null.</param>
internal sealed record SkuGap(ListedSku Listed, GapReason Reason, string? Problem)
{
    private const int MostProblem = 2_000;

    /// <summary>The detail API could not say, of a listed SKU or of one that is to be confirmed as gone.</summary>
    public static SkuGap Of(SkuObservation.Failed failed, GapReason reason) =>
        new(failed.Listed, reason, failed.Problem.Length <= MostProblem ? failed.Problem : failed.Problem[..MostProblem]);
}

/// <summary>Why a SKU is not stored as the stock system has it.</summary>
internal enum GapReason
{
    /// <summary>The detail API gave an error for it.</summary>
    Failed,

    /// <summary>The detail API knows no such SKU.</summary>
    NotFound,

    /// <summary>The detail is older than the summary says; it is stored, and the next run asks again.</summary>
    Stale,

    /// <summary>A complete listing does not name it, and the detail API gave an error when it was asked whether it is gone.</summary>
    Unconfirmed,
}
