using System.Text;
using Clutch.Outbox;
using SkuSync.Catalog;

namespace SkuSync.Marketplace;

/// <summary>Changes of SKUs as messages for the fulfilment API: one message a version, grouped by account.</summary>
internal static class SkuChanges
{
    /// <summary>The channel that sends them.</summary>
    public const string Channel = "fulfilment";

    public const string Upsert = "UPSERT";

    public const string Delete = "DELETE";

    /// <summary>The SKU has this content from this version on.</summary>
    public static OutboxMessage Changed(SkuKey key, long version, string payload) =>
        new() { Channel = Channel, Group = key.AccountId, Key = key.SkuId, Version = version, Type = Upsert, Body = Encoding.UTF8.GetBytes(payload) };

    /// <summary>The SKU is gone from this version on.</summary>
    public static OutboxMessage Gone(SkuKey key, long version) => new() { Channel = Channel, Group = key.AccountId, Key = key.SkuId, Version = version, Type = Delete };
}
