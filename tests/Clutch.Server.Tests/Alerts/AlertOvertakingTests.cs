using Clutch.Client.Wire;
using Clutch.Server.Tests.Fixtures;

namespace Clutch.Server.Tests.Alerts;

/// <summary>A look that takes long knows what was: it must not undo what a newer one told.</summary>
public abstract class AlertOvertakingTests(StoreKind kind)
{
    private protected TroubleRule Trouble { get; } = new();

    [SkippableTheory]
    [InlineData(WhoOvertook.GoesOn)]
    [InlineData(WhoOvertook.HasStopped)]
    public async Task What_is_over_is_not_told_again_by_a_look_that_outlived_its_lease(WhoOvertook overtaker)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var slow = await AlertProcess.StartAsync(store, Trouble);
        await using var quick = await AlertProcess.StartAsync(store, Trouble);
        Trouble.IsThere = true;
        await slow.LookAsync();

        var hasTold = await OvertakeAsync(slow, quick, overtaker);

        Assert.False(hasTold);
        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Recovered], await quick.ToldAsync());
        Assert.Equal(AlertState.Resolved, Assert.Single(await quick.AlertsAsync()).State);
    }

    [SkippableTheory]
    [InlineData(WhoOvertook.GoesOn)]
    [InlineData(WhoOvertook.HasStopped)]
    public async Task What_has_begun_is_not_lost_to_a_look_that_outlived_its_lease(WhoOvertook overtaker)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var slow = await AlertProcess.StartAsync(store, Trouble);
        await using var quick = await AlertProcess.StartAsync(store, Trouble);

        var hasTold = await OvertakeAsync(slow, quick, overtaker);

        Assert.False(hasTold);
        Assert.Equal([AlertNoticeKind.Fired], await quick.ToldAsync());
        Assert.Equal(AlertState.Open, Assert.Single(await quick.AlertsAsync()).State);
    }

    /// <summary>One process looks; before it is through, its lease runs out, the trouble comes or goes, and another process looks and tells. Whether the slow one told, too.</summary>
    private async Task<bool> OvertakeAsync(AlertProcess slow, AlertProcess quick, WhoOvertook overtaker)
    {
        var held = Trouble.HoldNext();
        var older = slow.LookAsync();
        await held.HasFound;
        Trouble.IsThere = !Trouble.IsThere;
        await quick.ExpireLeaseAsync();
        Assert.True(await quick.LookAsync());
        if (overtaker is WhoOvertook.HasStopped)
            await quick.LeaveAsync();
        held.Release();
        return await older;
    }
}

/// <summary>What has become of the process that told the newer.</summary>
public enum WhoOvertook
{
    GoesOn,
    HasStopped,
}

public sealed class PostgreSqlAlertOvertakingTests() : AlertOvertakingTests(StoreKind.PostgreSql);

public sealed class SqliteAlertOvertakingTests() : AlertOvertakingTests(StoreKind.Sqlite)
{
    [Fact]
    public async Task What_is_over_is_not_told_again_by_an_older_look_of_the_same_process()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var process = await AlertProcess.StartAsync(store, Trouble);
        Trouble.IsThere = true;
        await process.LookAsync();

        await LookTwiceAtOnceAsync(process);

        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Recovered], await process.ToldAsync());
        Assert.Equal(AlertState.Resolved, Assert.Single(await process.AlertsAsync()).State);
    }

    [Fact]
    public async Task What_has_begun_is_not_lost_to_an_older_look_of_the_same_process()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var process = await AlertProcess.StartAsync(store, Trouble);

        await LookTwiceAtOnceAsync(process);

        Assert.Equal([AlertNoticeKind.Fired], await process.ToldAsync());
        Assert.Equal(AlertState.Open, Assert.Single(await process.AlertsAsync()).State);
    }

    // SQLite answers before its calls return: a second look that were not made to wait for the first would be through when the call for it returns.
    private async Task LookTwiceAtOnceAsync(AlertProcess process)
    {
        var held = Trouble.HoldNext();
        var older = process.LookAsync();
        await held.HasFound;
        Trouble.IsThere = !Trouble.IsThere;
        var newer = process.LookAsync();
        held.Release();
        await Task.WhenAll(older, newer);
    }
}
