namespace Apps.Tests.SkuSync;

/// <summary>The program as a service: schedules, relay and poller in one process.</summary>
public sealed class ServeTests
{
    public static TheoryData<StoreKind> Stores => [StoreKind.Sqlite, StoreKind.PostgreSql];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_server_extracts_on_schedule_delivers_by_itself_and_ends_in_order(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await using var server = world.Start("serve", null, "--urls", "http://127.0.0.1:0", "--Sku:Schedule=0/3 * * * * ?");

        await world.WaitForAsync(async () => await world.CountAsync("sync_run WHERE synced_at IS NOT NULL AND changed_count > 0") > 0);
        await server.SignalAsync("TERM");
        var exitCode = await server.WaitForExitAsync();
        await world.RunWellAsync("run sync");

        Assert.Equal(0, exitCode);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableFact]
    public async Task A_server_that_others_can_reach_starts_once_there_is_a_key()
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite, skus: 10);

        var refused = await world.RunAsync("serve", null, "--urls", "http://0.0.0.0:0");
        await world.RunWellAsync("keys create ci --role operator");
        await using var server = world.Start("serve", null, "--urls", "http://0.0.0.0:0");
        await server.WaitForAsync("Now listening on");
        await server.SignalAsync("TERM");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("keys create NAME", refused.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", refused.Output, StringComparison.Ordinal);
        Assert.Equal(0, await server.WaitForExitAsync());
    }
}
