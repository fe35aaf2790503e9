using Clutch.Testing;

namespace Apps.Tests.SkuSync;

/// <summary>The database dies in the middle of commits, and comes back: what was committed is kept, and the rest is done once.</summary>
public sealed class OutageTests
{
    private const int OutageCount = 3;

    [SkippableFact]
    public async Task A_run_survives_immediate_stops_of_postgresql()
    {
        Skip.If(TemporaryPostgreSql.FindBinaries() is null, "No PostgreSQL server is installed.");
        await using var server = await TemporaryPostgreSql.StartAsync("max_connections=200");
        await using var world = await SkuWorld.StartAsync(StoreKind.PostgreSql, server.ConnectionString, 6_000, "--time-scale", "0.5");
        await using var program = world.Start("run sync", null, "--Sku:Concurrency=4");

        for (var outage = 1; outage <= OutageCount; outage++)
        {
            var synced = outage * 400;
            await world.WaitForAsync(async () => await world.CountAsync("clutch_outbox_message WHERE status = 3") >= synced);
            Assert.False(program.HasExited, program.Output);
            await server.StopAsync("immediate");
            await server.StartAsync();
        }

        var exitCode = await program.WaitForExitAsync();

        Assert.True(exitCode == 0, $"It ended with {exitCode}:\n{program.Output}");
        await CheckAsync(world, 6_000);
    }

    [SkippableFact]
    public async Task A_program_that_starts_while_postgresql_is_away_waits_for_it()
    {
        Skip.If(TemporaryPostgreSql.FindBinaries() is null, "No PostgreSQL server is installed.");
        await using var server = await TemporaryPostgreSql.StartAsync("max_connections=200");
        await using var world = await SkuWorld.StartAsync(StoreKind.PostgreSql, server.ConnectionString);
        await server.StopAsync("immediate");

        await using var program = world.Start("run sync");
        await program.WaitForAsync("The database is away");
        await server.StartAsync();

        Assert.Equal(0, await program.WaitForExitAsync());
        await CheckAsync(world, 1_500);
    }

    [Fact]
    public async Task What_a_killed_process_had_committed_to_sqlite_is_kept_and_the_rest_is_done_once()
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite, 4_000, "--time-scale", "0.1");
        var log = new FileInfo(Path.Combine(world.Folder, "sku.db-wal"));

        for (var kill = 1; kill <= OutageCount; kill++)
        {
            await using var program = world.Start("run sync");
            var known = kill * 600;
            await world.WaitForAsync(async () => await world.CountAsync("if_sku") >= known);
            await GrowAsync(log, program);
            await program.KillAsync();
        }

        await world.RunWellAsync("run sync");

        await CheckAsync(world, 4_000);
    }

    // The log grows while a transaction is being committed, and it is then that the process dies.
    private static async Task GrowAsync(FileInfo log, Programs.RunningProgram program)
    {
        var before = StateOf(log);
        while (StateOf(log) == before && !program.HasExited)
            await Task.Yield();
    }

    // Whoever closes the file last takes the log along: this test's own look may, before the program has opened it.
    private static (long Length, DateTime WrittenAt) StateOf(FileInfo log)
    {
        log.Refresh();
        return log.Exists ? (log.Length, log.LastWriteTimeUtc) : default;
    }

    private static async Task CheckAsync(SkuWorld world, int skus)
    {
        // This test's own connection may have died with the server.
        await world.WaitForAsync(async () => await world.CountAsync("sync_run") > 0);
        await SkuInvariants.CheckAsync(world);
        Assert.Equal(1, await world.CountAsync("sync_run"));
        Assert.Equal(skus, await world.CountAsync("clutch_outbox_message"));
        Assert.Equal(0, await world.CountAsync("clutch_outbox_message WHERE status IN (0, 1)"));
    }
}
