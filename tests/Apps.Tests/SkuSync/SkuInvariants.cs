using Clutch.Relational;

namespace Apps.Tests.SkuSync;

/// <summary>What must hold once nothing moves any more, whatever happened on the way: the invariants of the specification, against the simulators' truth and ledger.</summary>
internal static class SkuInvariants
{
    public static async Task CheckAsync(SkuWorld world)
    {
        var truth = await world.World.ListAsync<Truth>("control/stock/truth");
        var target = (await world.World.ListAsync<Target>("control/fulfilment/target")).ToDictionary(row => (row.AccountId, row.SkuId));
        List<string> broken =
        [
            .. truth.Where(sku => !IsAtTarget(sku, target.GetValueOrDefault((sku.AccountId, sku.SkuId)))).Select(sku => $"I1: {sku.AccountId}/{sku.SkuId} differs at the target"),
            .. await FindInLedgerAsync(world),
            .. await FindInTablesAsync(world, truth),
        ];
        Assert.True(broken.Count == 0, string.Join('\n', broken.Take(20)));
    }

    private static bool IsAtTarget(Truth sku, Target? target) =>
        sku.Deleted || sku.Bad ? target is null or { Deleted: true } : target is { Deleted: false } && target.Hash == sku.Hash;

    private static async Task<List<string>> FindInLedgerAsync(SkuWorld world)
    {
        var broken = new List<string>();
        var highest = new Dictionary<(string, string), long>();
        for (long? after = 0; after is not null;)
        {
            var page = await world.World.GetAsync<LedgerPage>($"control/fulfilment/ledger?after={after}");
            foreach (var effect in page.Entries)
            {
                // I2: one effect a version. I3: versions rise.
                if (highest.TryGetValue((effect.AccountId, effect.SkuId), out var before) && effect.Version <= before)
                    broken.Add($"I2/I3: {effect.AccountId}/{effect.SkuId} got version {effect.Version} after {before}");
                highest[(effect.AccountId, effect.SkuId)] = effect.Version;
            }

            after = page.Next;
        }

        var counts = await world.World.GetAsync<Counts>("control/fulfilment/counts");
        if (counts.KeyReusedCount > 0)
            broken.Add($"I12: {counts.KeyReusedCount} idempotency keys came with another body");
        return broken;
    }

    private static async Task<List<string>> FindInTablesAsync(SkuWorld world, IReadOnlyList<Truth> truth)
    {
        const string Versions = """
            SELECT sku.account_id, sku.sku_id
            FROM if_sku AS sku
            LEFT JOIN (
                SELECT group_name, key, max(version) AS highest, count(*) AS versions FROM clutch_outbox_message WHERE channel = 'fulfilment' GROUP BY group_name, key) AS sent
                ON sent.group_name = sku.account_id AND sent.key = sku.sku_id
            WHERE sent.highest IS NULL OR sent.highest <> sku.version OR sent.versions <> sku.version
            """;
        var broken = new List<string>();
        broken.AddRange(await world.Database.QueryAsync(
            new Statement(Versions), Rows.All(row => $"I4: versions of {row.GetString(0)}/{row.GetString(1)} in the outbox are not those of the interface table, 1 to the highest"), CancellationToken.None));
        if (await world.CountAsync("clutch_outbox_message WHERE status IN (0, 1)") is > 0 and var moving)
            broken.Add($"I5: {moving} changes still move");
        var failed = await world.Database.QueryAsync(new Statement("SELECT DISTINCT key FROM clutch_outbox_message WHERE status = 4 ORDER BY key"), Rows.All(row => row.GetString(0)), CancellationToken.None);
        var bad = truth.Where(sku => sku.Bad && !sku.Deleted).Select(sku => sku.SkuId).Order(StringComparer.Ordinal);
        if (!failed.SequenceEqual(bad, StringComparer.Ordinal))
            broken.Add($"I6: failed are {string.Join(' ', failed)}, bad are {string.Join(' ', bad)}");
        return broken;
    }

    private sealed record Truth(string AccountId, string SkuId, bool Deleted, bool Bad, string Hash);

    private sealed record Target(string AccountId, string SkuId, long Version, bool Deleted, string? Hash);

    private sealed record LedgerPage(IReadOnlyList<Effect> Entries, long? Next);

    private sealed record Effect(string AccountId, string SkuId, long Version);

    private sealed record Counts(int KeyReusedCount);
}
