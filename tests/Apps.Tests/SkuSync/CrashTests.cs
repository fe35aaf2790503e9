using Apps.Tests.Programs;

namespace Apps.Tests.SkuSync;

/// <summary>kill -9 at each named point of the extract job: what the next start makes of it is exact.</summary>
public sealed class CrashTests
{
    private static readonly string[] WithinTheStore =
    [
        "extract.inside-store:1:kill", "extract.inside-store:6:kill",
        "engine.AfterCommit:1:kill", "engine.AfterCommit:8:kill",
        "extract.before-complete:1:kill",
    ];

    /// <summary>Crash points in a first run: where the store is at work on each store, around calls of the stock API on one of them.</summary>
    public static TheoryData<StoreKind, string> Points
    {
        get
        {
            var points = new TheoryData<StoreKind, string>
            {
                { StoreKind.Sqlite, "extract.before-page:1:kill" },
                { StoreKind.PostgreSql, "extract.before-page:3:kill" },
                { StoreKind.PostgreSql, "extract.after-page:2:kill" },
                { StoreKind.PostgreSql, "extract.after-detail:1:kill" },
                { StoreKind.Sqlite, "extract.after-detail:7:kill" },
            };
            foreach (var point in WithinTheStore)
            {
                points.Add(StoreKind.Sqlite, point);
                points.Add(StoreKind.PostgreSql, point);
            }

            return points;
        }
    }

    public static TheoryData<StoreKind> Stores => [StoreKind.Sqlite, StoreKind.PostgreSql];

    [SkippableTheory]
    [MemberData(nameof(Points))]
    public async Task A_run_that_is_killed_is_taken_up_by_the_next_start_with_nothing_lost_and_nothing_doubled(StoreKind store, string failPoint)
    {
        await using var world = await SkuWorld.StartAsync(store);

        var killed = await world.RunAsync("run sync", failPoint);
        Assert.Equal(137, killed.ExitCode);
        await world.RunWellAsync("run sync");

        await SkuInvariants.CheckAsync(world);
        Assert.Equal(1, await world.CountAsync("sync_run"));
        Assert.Equal(1_500, await world.CountAsync("clutch_outbox_message"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_run_that_is_killed_while_it_deletes_buries_the_rest_once(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store);
        await world.RunWellAsync("run sync");
        await world.World.PostAsync("control/stock/delete?percent=2");

        var killed = await world.RunAsync("run sync", "extract.inside-delete:1:kill");
        var buried = await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL");
        await world.RunWellAsync("run sync");

        Assert.Equal(137, killed.ExitCode);
        Assert.Equal(0, buried);
        Assert.True(await world.CountAsync("if_sku WHERE deleted_at IS NOT NULL") > 10);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_second_run_is_refused_while_the_first_is_alive(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store, 600, "--time-scale", "1");
        await using var first = world.Start("run extract run=first", null, "--Sku:Concurrency=1");
        await world.WaitForAsync(async () => await world.CountAsync("sync_run") > 0);

        var same = await world.RunAsync("run extract run=first");
        var other = await world.RunAsync("run extract run=other");

        Assert.Equal(4, same.ExitCode);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("is at work already", other.Output, StringComparison.Ordinal);
        Assert.Equal(0, await first.WaitForExitAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_run_that_was_believed_dead_cannot_write_once_another_took_its_place(StoreKind store)
    {
        var (world, sleeper) = await StartSleeperAsync(store);
        await using var worldsEnd = world;
        await using var sleepersEnd = sleeper;

        var second = await RunOnceTheLeaseIsOverAsync(world);
        await sleeper.SignalAsync("CONT");
        var exitCode = await sleeper.WaitForExitAsync();

        Assert.Equal(0, second.ExitCode);
        Assert.NotEqual(0, exitCode);
        await SkuInvariants.CheckAsync(world);
        Assert.Equal(1, await world.CountAsync("sync_run WHERE status = 'Superseded'"));
        Assert.Equal(1_500, await world.CountAsync("clutch_outbox_message"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_graceful_stop_leaves_nothing_behind_that_the_next_start_would_wait_for(StoreKind store)
    {
        await using var world = await SkuWorld.StartAsync(store, 1_500, "--time-scale", "1");
        await using var program = world.Start("run sync run=first", null, "--Sku:Concurrency=2");
        await world.WaitForAsync(async () => await world.CountAsync("clutch_outbox_message WHERE status = 1") > 0);

        await program.SignalAsync("TERM");
        var exitCode = await program.WaitForExitAsync();
        var owned = await world.CountAsync("clutch_outbox_submission WHERE owner IS NOT NULL");
        await world.RunWellAsync("run sync");

        Assert.Equal(3, exitCode);
        Assert.Equal(0, owned);
        await SkuInvariants.CheckAsync(world);
    }

    // Stopped within a transaction on SQLite it keeps all others out, and there is nothing to see.
    private static async Task<(SkuWorld World, RunningProgram Sleeper)> StartSleeperAsync(StoreKind store)
    {
        for (var attempt = 1; ; attempt++)
        {
            var world = await SkuWorld.StartAsync(store);
            var sleeper = world.Start("run sync run=first", "extract.after-detail:3:stop");
            await world.WaitForAsync(() => Task.FromResult(sleeper.IsStopped));
            if (!await world.IsLockedAsync())
                return (world, sleeper);
            await sleeper.DisposeAsync();
            await world.DisposeAsync();
            Assert.True(attempt < 10, "Ten times in a row it was stopped within a transaction.");
        }
    }

    private static async Task<(int ExitCode, string Output)> RunOnceTheLeaseIsOverAsync(SkuWorld world)
    {
        (int ExitCode, string Output) answer = default;
        await world.WaitForAsync(async () => (answer = await world.RunAsync("run sync run=second")).ExitCode == 0);
        return answer;
    }
}
