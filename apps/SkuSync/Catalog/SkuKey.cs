namespace SkuSync.Catalog;

/// <summary>Which SKU: an id means something within its account only.</summary>
/// <param name="AccountId">The account it belongs to.</param>
/// <param name="SkuId">Its id there.</param>
internal readonly record struct SkuKey(string AccountId, string SkuId)
{
    public override string ToString() => $"{AccountId}/{SkuId}";
}
