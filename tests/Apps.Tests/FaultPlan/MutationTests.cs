using Apps.Tests.Programs;

namespace Apps.Tests.FaultPlan;

/// <summary>
/// The proof that the invariants would notice: each safeguard in turn is switched off, in the smallest scenario that needs it, and the judge of the storm turns red; with the safeguard on, the same
/// scenario breaks nothing.
/// </summary>
public sealed class MutationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly StormOptions Small = new() { SkuCount = 300, BadSkuCount = 3, TimeScale = 0, LeaseSeconds = 1 };

    [Theory]
    [InlineData("on")]
    [InlineData("off", "I2")]
    public async Task The_version_guard_keeps_a_forgotten_operation_from_taking_effect_twice(string guard, params string[] broken)
    {
        await using var world = await StormWorld.StartAsync(Small, "--version-guard", guard);
        await world.Fulfilment.PostAsync("control/faults", """{"fulfilment":{"forgottenRate":1}}""");

        await world.SucceedAsync("run sync");

        Assert.Equal(broken, await BrokenAsync(world));
    }

    [Theory]
    [InlineData("")]
    [InlineData("fence", "I7")]
    public async Task The_fence_keeps_whoever_lost_its_lease_from_reopening_what_has_ended(string switchedOff, params string[] broken)
    {
        var (world, sleeper) = await StartSleeperAsync(switchedOff);
        await using var worldsEnd = world;
        await using var sleepersEnd = sleeper;

        await world.SucceedAsync("run relay");
        sleeper.Continue();
        await sleeper.WaitAsync(new CancellationTokenSource(Patience).Token);

        Assert.Equal(broken, await BrokenAsync(world));
    }

    [Theory]
    [InlineData("")]
    [InlineData("persisted-key", "I9b")]
    public async Task The_persisted_key_makes_one_operation_of_a_submission_that_is_sent_again(string switchedOff, params string[] broken)
    {
        await using var world = await StartAsync(switchedOff);
        await world.Fulfilment.PostAsync("control/faults", """{"rules":[{"kind":"ServerError","path":"sku-updates","phase":"After","count":5}]}""");

        await world.SucceedAsync("run sync");

        Assert.Equal(broken, await BrokenAsync(world));
    }

    [Theory]
    [InlineData("")]
    [InlineData("lost-status", "I1", "I5", "I6")]
    public async Task Sending_again_what_the_target_forgot_lets_everything_end(string switchedOff, params string[] broken)
    {
        await using var world = await StartAsync(switchedOff);
        await world.Fulfilment.PostAsync("control/faults", """{"fulfilment":{"forgottenRate":1}}""");

        await using var client = world.Start("run sync");
        // Without the safeguard it never ends; by then the others have long been done.
        using var patience = new CancellationTokenSource(switchedOff.Length == 0 ? Patience : TimeSpan.FromSeconds(15));
        await client.WaitAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        client.Kill();

        Assert.Equal(broken, await BrokenAsync(world));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false", "I1", "I11")]
    public async Task Only_a_complete_listing_deletes(string checks, params string[] broken)
    {
        await using var world = await StartAsync("");
        world.Settings["Sku__ChecksListing"] = checks;
        world.Settings["Sku__MissingRuns"] = "1";
        world.Settings["Sku__DeletionShare"] = "1";
        world.Settings["Sku__SummaryPageSize"] = "100";
        await world.SucceedAsync("run sync");

        // What a listing lacks is asked for by its id before it is deleted: only where that fails too does the proof of completeness stand alone.
        await world.Stock.PostAsync("control/faults", """{"stock":{"earlyEndRate":1,"errorRate":1}}""");
        await world.RunAsync("run sync");
        await world.SucceedAsync("run relay");

        Assert.Equal(broken, await BrokenAsync(world));
    }

    private static async Task<StormWorld> StartAsync(string switchedOff)
    {
        var world = await StormWorld.StartAsync(Small);
        world.Settings["Sku__SwitchedOff"] = switchedOff;
        return world;
    }

    // Stopped within a transaction it keeps all others out, and there is nothing to see.
    private static async Task<(StormWorld World, ChildProcess Sleeper)> StartSleeperAsync(string switchedOff)
    {
        for (var attempt = 1; ; attempt++)
        {
            var world = await StartAsync(switchedOff);
            // The fewer submissions are on their way, the rarer that is.
            world.Settings["Sku__SubmitConcurrency"] = "1";
            await world.SucceedAsync("run extract");
            var sleeper = world.Start("run relay", "relay.after-submit:1:stop");
            await WaitForAsync(() => sleeper.IsStopped);
            if (!await SqliteFile.IsLockedAsync(world.Store.ConnectionString))
                return (world, sleeper);
            await sleeper.DisposeAsync();
            await world.DisposeAsync();
            Assert.True(attempt < 10, "Ten times in a row it was stopped within a transaction.");
        }
    }

    private static async Task<IEnumerable<string>> BrokenAsync(StormWorld world) =>
        Invariants.Check(await Books.ReadAsync(world.Stock, world.Fulfilment, world.Store)).Select(violation => violation.Invariant).Distinct().Order(StringComparer.Ordinal);

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
    }
}
