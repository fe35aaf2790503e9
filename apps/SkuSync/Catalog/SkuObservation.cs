namespace SkuSync.Catalog;

/// <summary>What a run found out about one SKU.</summary>
/// <param name="Listed">The SKU as the summary listed it.</param>
internal abstract record SkuObservation(ListedSku Listed)
{
    public SkuKey Key => Listed.Key;

    /// <summary>Listed with the stamp it had before: its detail was not asked for.</summary>
    public sealed record Unchanged(ListedSku Listed) : SkuObservation(Listed);

    /// <summary>Its detail was had; whether it changed is decided where it is stored.</summary>
    /// <param name="Listed">The SKU as the summary listed it.</param>
    /// <param name="Payload">The whole object as text.</param>
    /// <param name="ContentHash">The hash of its canonical form.</param>
    /// <param name="Stamp">The summary's stamp that the detail answers to, or null where it answers to none: the next run asks again.</param>
    /// <param name="UpdatedAt">The source's last change, or null where it is not told.</param>
    /// <param name="IsStale">Older than the summary said, also when asked a second time.</param>
    public sealed record Fetched(ListedSku Listed, string Payload, string ContentHash, string? Stamp, DateTimeOffset? UpdatedAt, bool IsStale) : SkuObservation(Listed);

    /// <summary>The detail API knows no such SKU.</summary>
    public sealed record NotFound(ListedSku Listed) : SkuObservation(Listed);

    /// <summary>The detail API could not say; the id is tried again at the end of the run.</summary>
    public sealed record Failed(ListedSku Listed, string Problem) : SkuObservation(Listed);
}
