namespace Apps.Tests.SkuSync;

/// <summary>Deletions: only after a complete listing, never many at once without a person, and a SKU that comes back goes on with its version.</summary>
public sealed class DeletionTests
{
    public static TheoryData<StoreKind> Stores => [StoreKind.Sqlite, StoreKind.PostgreSql];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_mass_deletion_waits_for_a_person_and_goes_through_once_approved(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/delete?percent=10");

        var held = await world.RunAsync("run sync");
        var buriedWhileHeld = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL");
        var forced = await world.RunAsync("run extract run=another");
        await world.RunWellAsync("approve");
        await world.RunWellAsync("run relay");

        Assert.Contains("Held", held.Output, StringComparison.Ordinal);
        Assert.Contains("waits for approval", held.Output, StringComparison.Ordinal);
        Assert.Equal(3, held.ExitCode);
        Assert.Equal(0, buriedWhileHeld);
        Assert.Equal(3, forced.ExitCode);
        Assert.True(await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL") > 100);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Restarting_a_held_run_without_approval_deletes_nothing(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync run=first");
        await world.World.PostAsync("control/stock/delete?percent=10");

        await world.RunAsync("run extract run=second");
        var again = await world.RunAsync("run extract run=second");

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("waits for approval", again.Output, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_SKU_that_comes_back_goes_on_with_its_version(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/delete?percent=2");
        await world.RunWellAsync("run sync");
        var deleted = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL AND version = 2");

        await world.World.PostAsync("control/stock/return");
        await world.RunWellAsync("run sync");

        Assert.True(deleted > 10);
        Assert.Equal(deleted, await world.CountAsync("if_sku WHERE deleted_at IS NULL AND version = 3"));
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_SKU_that_comes_back_after_it_was_forgotten_is_newer_than_its_end(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/delete?percent=2");
        await world.RunWellAsync("run sync");
        var deleted = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL");
        // One of them has an end that the target never took: it stays for a person or for reconcile.
        await world.ChangeAsync(
            "UPDATE if_sku SET deleted_at = @then WHERE deleted_at IS NOT NULL",
            "UPDATE clutch_outbox_message SET status = 4, failure_kind = 0 WHERE id = (SELECT max(message.id) FROM clutch_outbox_message AS message WHERE message.version = 2)");

        await world.RunWellAsync("run sync");
        var kept = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL");
        var floor = await world.CountAsync("sku_forgotten WHERE version = 2");
        await world.ChangeAsync("UPDATE clutch_outbox_message SET status = 3, failure_kind = NULL WHERE status = 4 AND version = 2");
        await world.World.PostAsync("control/stock/return");
        await world.RunWellAsync("run sync");

        Assert.True(deleted > 10);
        Assert.Equal((1, 1), (kept, floor));
        Assert.Equal(deleted, await world.CountAsync("if_sku WHERE version = 3"));
        Assert.Equal(1_500, await world.CountAsync("if_sku WHERE deleted_at IS NULL"));
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [InlineData(StoreKind.Sqlite, "{\"earlyEndRate\":1}")]
    [InlineData(StoreKind.PostgreSql, "{\"earlyEndRate\":1}")]
    [InlineData(StoreKind.Sqlite, "{\"totalOff\":1}")]
    [InlineData(StoreKind.Sqlite, "{\"hidesTotal\":true}")]
    [InlineData(StoreKind.Sqlite, "{\"shiftedRate\":1}")]
    public async Task A_listing_that_is_not_complete_deletes_nothing(StoreKind store, string faults)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/delete?percent=1");
        await world.World.PostAsync("control/faults", new { stock = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(faults) });

        var output = await world.RunWellAsync("run sync");
        await world.RunWellAsync("run sync");
        var buried = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL");
        await world.World.EndFaultsAsync();
        await world.RunWellAsync("run sync");

        Assert.Contains("deletes nothing", output, StringComparison.Ordinal);
        Assert.Equal(0, buried);
        Assert.True(await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL") > 0);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task What_is_listed_is_not_deleted_though_the_detail_API_does_not_know_it(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/change?percent=10");
        await world.World.PostAsync("control/faults", new { stock = new { unknownRate = 0.1 } });

        await world.RunWellAsync("run sync");
        var unknown = await world.CountAsync("sync_gap WHERE reason = 'NotFound'");
        var buried = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL");
        await world.World.EndFaultsAsync();
        await world.RunWellAsync("run sync");

        Assert.True(unknown > 0);
        Assert.Equal(0, buried);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_run_that_could_not_ask_whether_SKUs_are_gone_tells_of_it(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/delete?percent=1");
        await world.World.PostAsync("control/faults", new { rules = new[] { new { kind = "Status", status = 410, role = "stock", path = "skus/details" } } });

        var ill = await world.RunWellAsync("run sync");
        var (unconfirmed, buried) = (await world.CountAsync("sync_gap WHERE reason = 'Unconfirmed' AND problem IS NOT NULL"), await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL"));
        await world.World.EndFaultsAsync();
        var well = await world.RunWellAsync("run sync");

        Assert.Contains("CompletedWithErrors, listing complete", ill, StringComparison.Ordinal);
        Assert.True(unconfirmed > 0);
        Assert.Equal(0, buried);
        Assert.Contains("Completed, listing complete", well, StringComparison.Ordinal);
        Assert.Equal(unconfirmed, await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL"));
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableFact]
    public async Task Without_the_check_of_the_listing_the_same_faults_would_delete_what_is_there()
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/faults", new { stock = new { earlyEndRate = 1 } });

        var output = await world.RunAsync("run sync", null, "--Sku:ChecksListing=false", "--Sku:MissingRuns=1", "--Sku:DeletionShare=1");

        // The detail API still knows them, which is the second wall: none is deleted before it confirms or two listings agree.
        Assert.DoesNotContain("deletes nothing", output.Output, StringComparison.Ordinal);
    }
}
