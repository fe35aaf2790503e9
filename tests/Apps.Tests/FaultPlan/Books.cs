using System.Data.Common;
using System.Text.Json;
using Apps.Tests.Simulators;

namespace Apps.Tests.FaultPlan;

/// <summary>A SKU of an account.</summary>
internal readonly record struct SkuName(string AccountId, string SkuId)
{
    public override string ToString() => $"{AccountId}/{SkuId}";
}

/// <summary>An SKU as the source has it.</summary>
internal sealed record SourceSku(SkuName Name, string Hash, bool IsDeleted, bool IsBad);

/// <summary>An SKU as the target has it.</summary>
internal sealed record TargetSku(SkuName Name, long Version, string? Hash, bool IsDeleted);

internal sealed record Effect(SkuName Name, long Version, long Sequence);

/// <summary>A row of the interface table.</summary>
internal sealed record KnownSku(SkuName Name, long Version, bool IsDeleted);

/// <summary>A row of the outbox; status 0 pending, 1 in a submission, 3 synced, 4 failed, 5 superseded.</summary>
internal sealed record Message(long Id, SkuName Name, long Version, string Type, int Status, int Attempts);

/// <summary>A change that a trigger wrote down; a message that came has no status before.</summary>
internal sealed record Change(string What, long Id, int? Before, int After);

internal sealed record ServerOperation(string Id, string Key, bool IsForgotten, int SubmitCount);

/// <summary>All that the invariants are computed from, read when everything stands still.</summary>
internal sealed record Books
{
    public required IReadOnlyList<SourceSku> Source { get; init; }

    public required IReadOnlyList<TargetSku> Target { get; init; }

    public required IReadOnlyList<Effect> Ledger { get; init; }

    public required IReadOnlyList<ServerOperation> Operations { get; init; }

    public required IReadOnlyList<KnownSku> Known { get; init; }

    public required IReadOnlyList<Message> Messages { get; init; }

    public required IReadOnlyList<Change> Changes { get; init; }

    /// <summary>The idempotency keys that stand in the outbox.</summary>
    public required IReadOnlySet<string> Keys { get; init; }

    public required int KeyReusedCount { get; init; }

    /// <summary>How many duplicate submissions the faults explain at most; null = do not count.</summary>
    public int? ExplainedDuplicates { get; init; }

    /// <summary>Messages that a generation without changes made.</summary>
    public long MessagesOfNoChange { get; init; }

    public static async Task<Books> ReadAsync(SimulatorProcess stock, SimulatorProcess fulfilment, StormStore store) => new()
    {
        Source = [.. (await stock.ReadLinesAsync("control/stock/truth")).Select(sku => new SourceSku(NameOf(sku), TextOf(sku, "hash")!, IsTrue(sku, "deleted"), IsTrue(sku, "bad")))],
        Target = [.. (await fulfilment.ReadLinesAsync("control/fulfilment/target")).Select(sku => new TargetSku(NameOf(sku), sku.GetProperty("version").GetInt64(), TextOf(sku, "hash"), IsTrue(sku, "deleted")))],
        Ledger = await ReadLedgerAsync(fulfilment),
        Operations = [.. (await fulfilment.ReadLinesAsync("control/fulfilment/operations")).Select(operation => new ServerOperation(TextOf(operation, "id")!, TextOf(operation, "idempotencyKey")!,
            TextOf(operation, "fate")!.StartsWith("Forgotten", StringComparison.Ordinal), operation.GetProperty("submitCount").GetInt32()))],
        Known = await store.QueryAsync("SELECT account_id, sku_id, version, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END FROM if_sku",
            row => new KnownSku(new SkuName(row.GetString(0), row.GetString(1)), Number(row, 2), Number(row, 3) == 1)),
        Messages = await store.QueryAsync("SELECT id, group_name, key, version, type, status, attempts FROM clutch_outbox_message ORDER BY id",
            row => new Message(Number(row, 0), new SkuName(row.GetString(1), row.GetString(2)), Number(row, 3), row.GetString(4), (int)Number(row, 5), (int)Number(row, 6))),
        Changes = await store.QueryAsync("SELECT what, id, before, after FROM storm_audit ORDER BY sequence",
            row => new Change(row.GetString(0), Number(row, 1), row.IsDBNull(2) ? null : (int)Number(row, 2), (int)Number(row, 3))),
        Keys = (await store.QueryAsync("SELECT idempotency_key FROM clutch_outbox_submission", row => row.GetValue(0).ToString()!)).ToHashSet(StringComparer.OrdinalIgnoreCase),
        KeyReusedCount = (await fulfilment.GetAsync("control/fulfilment/counts")).GetProperty("keyReusedCount").GetInt32(),
    };

    private static async Task<List<Effect>> ReadLedgerAsync(SimulatorProcess fulfilment)
    {
        var effects = new List<Effect>();
        for (var after = 0L; ;)
        {
            var page = await fulfilment.GetAsync($"control/fulfilment/ledger?limit=50000&after={after}");
            if (!page.TryGetProperty("next", out var next))
                return effects;
            after = next.GetInt64();
            effects.AddRange(page.GetProperty("entries").EnumerateArray().Select(entry => new Effect(NameOf(entry), entry.GetProperty("version").GetInt64(), entry.GetProperty("sequence").GetInt64())));
        }
    }

    private static SkuName NameOf(JsonElement row) => new(TextOf(row, "accountId")!, TextOf(row, "skuId")!);

    private static string? TextOf(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static bool IsTrue(JsonElement row, string name) => row.GetProperty(name).GetBoolean();

    private static long Number(DbDataReader row, int column) => Convert.ToInt64(row.GetValue(column), null);
}
