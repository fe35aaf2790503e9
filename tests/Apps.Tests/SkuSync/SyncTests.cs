using Clutch.Relational;
using SkuSync.Catalog;
using SkuSync.Storage;

namespace Apps.Tests.SkuSync;

/// <summary>The whole way, with the real programs: stock system, SkuSync, fulfilment API and its ledger.</summary>
public sealed class SyncTests
{
    public static TheoryData<StoreKind> Stores => [StoreKind.Sqlite, StoreKind.PostgreSql];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Every_generation_arrives_exactly_and_one_without_changes_enqueues_nothing(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);

        var first = await world.RunWellAsync("run sync");
        await SkuInvariants.CheckAsync(world);
        foreach (var generation in (int[])[2, 3])
        {
            await world.World.PostAsync($"control/stock/generation?number={generation}&secondChangeMilliseconds=0");
            await world.RunWellAsync("run sync");
        }

        await world.RunWellAsync("run sync");
        await SkuInvariants.CheckAsync(world);
        await world.World.PostAsync("control/stock/generation?number=4");
        var before = await world.CountAsync("clutch_outbox_message");
        var last = await world.RunWellAsync("run sync");

        Assert.Contains("listed 1,500   fetched 1,500   changed 1,500", first, StringComparison.Ordinal);
        Assert.Contains("T_synced", first, StringComparison.Ordinal);
        Assert.Equal(before, await world.CountAsync("clutch_outbox_message"));
        Assert.Contains("fetched 0   changed 0", last, StringComparison.Ordinal);
        Assert.True(await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL") > 0);
        Assert.Equal(0, await world.CountAsync("sync_run WHERE status <> 'Completed' OR synced_at IS NULL OR accepted_at IS NULL OR ingested_at IS NULL"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Four_key_ranges_are_listed_side_by_side_and_what_lists_all_looks_for_nothing_absent(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);

        var output = await world.RunWellAsync("run sync", "--Sku:ListingRanges=4");

        Assert.Contains("listing complete", output, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("clutch_step_execution WHERE step_name IN ('absent', 'guard', 'delete')"));
        await world.World.PostAsync("control/stock/delete?percent=1");
        await world.RunWellAsync("run sync", "--Sku:ListingRanges=4");
        Assert.Equal(3, await world.CountAsync("clutch_step_execution WHERE step_name IN ('absent', 'guard', 'delete')"));
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableFact]
    public async Task Marking_every_SKU_as_seen_touches_no_index()
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.PostgreSql);
        await world.RunWellAsync("run sync");

        await world.RunWellAsync("run sync");

        // What a session changed is counted there once it has ended.
        await world.WaitForAsync(async () => await world.CountAsync("pg_stat_user_tables WHERE relname = 'if_sku' AND n_tup_upd >= 1500") > 0);
        Assert.Equal(1, await world.CountAsync("pg_stat_user_tables WHERE relname = 'if_sku' AND n_tup_hot_upd = n_tup_upd"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Details_that_cannot_be_had_are_told_and_had_by_the_next_run(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.World.PostAsync("control/faults", new { stock = new { errorRate = 0.3, omittedRate = 0.1, staleRate = 0.3, repeatedRate = 0.05 } });

        var first = await world.RunWellAsync("run sync");
        await world.World.EndFaultsAsync();
        var second = await world.RunWellAsync("run sync");

        Assert.Contains("CompletedWithErrors", first, StringComparison.Ordinal);
        Assert.True(await world.CountAsync("sync_gap WHERE run_id = 1 AND reason = 'Failed'") > 0);
        Assert.True(await world.CountAsync("sync_gap WHERE run_id = 1 AND reason = 'Stale'") > 0);
        Assert.Contains("Completed, listing complete", second, StringComparison.Ordinal);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_target_that_lost_rows_or_was_changed_by_hand_is_repaired(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.RunWellAsync("run reconcile");
        var enqueuedWhileAlike = await world.CountAsync("clutch_outbox_message WHERE version = 2");
        await FulfilmentFile.ChangeAsync(world.World, "DELETE FROM target WHERE sku_id IN ('S0000100', 'S0000101')", "UPDATE target SET payload = '{}', hash = 'x' WHERE sku_id = 'S0000102'");

        await world.RunWellAsync("run reconcile");
        await world.RunWellAsync("run relay");

        Assert.Equal(0, enqueuedWhileAlike);
        Assert.Equal(3, await world.CountAsync("clutch_outbox_message WHERE version = 2"));
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task An_older_answer_that_a_later_chunk_of_the_run_has_changes_nothing(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store, 10);
        await world.RunWellAsync("run sync");
        await world.ChangeAsync("UPDATE sync_run SET status = 'Running'");
        var rows = await world.Database.QueryAsync(
            new("SELECT account_id, sku_id, source_updated_at FROM if_sku"), Rows.All(row => (Key: InterfaceTable.ReadKey(row), At: DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)))), CancellationToken.None);

        var older = rows.Select(row => Answer(row.Key, row.At.AddSeconds(-1)));
        await StoreAsync(world, older);
        var after = await world.CountAsync("if_sku WHERE version > 1");
        await StoreAsync(world, [Answer(rows[0].Key, rows[0].At.AddSeconds(1))]);

        Assert.Equal(0, after);
        Assert.Equal(1, await world.CountAsync("if_sku WHERE version = 2 AND content_hash = 'other'"));
    }

    private static SkuObservation.Fetched Answer(SkuKey key, DateTimeOffset updatedAt) => new(new(key, "stamp", updatedAt), "{}", "other", "stamp", updatedAt, IsStale: false);

    private static async Task StoreAsync(SkuWorld world, IEnumerable<SkuObservation.Fetched> answers)
    {
        var statement = new Statement(SkuStatements.For(world.Database).Store)
            .With("run", 1L).With("now", TimeProvider.System.GetUtcNow()).With("rows", SkuRows.Of(answers)).With("seen", "[]").With("hash_rules", "rules");
        await world.Database.ChangeAsync(statement, Rows.Affected, CancellationToken.None);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Empty_pages_in_the_middle_of_the_listing_end_nothing(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.World.PostAsync("control/faults", new { stock = new { emptyPageRate = 0.6 } });

        var output = await world.RunWellAsync("run sync");

        Assert.Contains("listing complete", output, StringComparison.Ordinal);
        await world.World.PostAsync("control/faults", new { });
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task What_former_hash_rules_ignored_is_sent_by_the_run_after_the_new_ones_were_taken_over(StoreKind store)
    {
        const string Rules = "--Sku:IgnoredMembers=quantity";
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync", Rules);
        // As a run leaves it that fetched SKUs of which only the quantity had changed: the stored content is the former one, and the stamp is the new one.
        await world.ChangeAsync("UPDATE if_sku SET payload = '{\"quantity\":-1}', content_hash = 'former' WHERE sku_id IN (SELECT sku_id FROM if_sku ORDER BY sku_id LIMIT 3)");
        var before = await world.CountAsync("clutch_outbox_message");

        await world.RunWellAsync("run rehash apply=true");
        await world.RunWellAsync("run sync");

        Assert.Equal(before + 3, await world.CountAsync("clutch_outbox_message"));
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task New_hash_rules_are_shown_before_they_are_taken_over_and_send_nothing_by_themselves(StoreKind store)
    {
        const string Rules = "--Sku:IgnoredMembers=quantity";
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        var before = await world.CountAsync("clutch_outbox_message");

        var refused = await world.RunAsync("run extract", null, Rules);
        var dryRun = await world.RunWellAsync("run rehash", Rules);
        await world.RunWellAsync("run rehash apply=true", Rules);
        await world.RunWellAsync("run sync", Rules);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("run rehash", refused.Output, StringComparison.Ordinal);
        Assert.Contains("differ", dryRun, StringComparison.Ordinal);
        Assert.Equal(before, await world.CountAsync("clutch_outbox_message"));
        Assert.Equal(0, await world.CountAsync("if_sku WHERE hash_rules NOT LIKE '%quantity'"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_SKU_that_changes_between_listing_and_detail_and_then_back_is_seen_by_the_next_run(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store, 600, "--toggled-skus", "5");
        await using var program = world.Start("run sync", "extract.after-page:1:stop");
        await world.WaitForAsync(() => Task.FromResult(program.IsStopped));

        // The first page is listed; its details are those of the other content, and then the first is back.
        await world.World.PostAsync("control/stock/toggle");
        await program.SignalAsync("CONT");
        var exitCode = await program.WaitForExitAsync();
        await world.World.PostAsync("control/stock/toggle");
        await world.RunWellAsync("run sync");

        Assert.Equal(0, exitCode);
        await SkuInvariants.CheckAsync(world);
    }
}
