using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Running;

namespace Clutch.Database.Tests.Outbox;

/// <summary>From the transaction to the target.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task Messages_reach_the_target_once_and_end_synced()
    {
        var host = await OpenAsync(options => options.BatchSize = 40);
        await host.EnqueueAsync(OutboxHost.Messages(250));

        var drain = await host.DrainAsync();

        Assert.Equal(DrainEnd.Idle, drain.End);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 250 }, await host.CountsAsync());
        Assert.Equal(250, host.Target.Ledger.Count);
        Assert.Equal(7, host.Target.Requests.Count);
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task Messages_of_a_transaction_that_rolls_back_never_were()
    {
        var host = await OpenAsync();
        await using (var session = await host.Database.OpenSessionAsync(Never))
        {
            await session.BeginAsync(Never);
            await host.Outbox.EnqueueAsync(session, OutboxHost.Messages(10), Never);
            await session.RollbackAsync(Never);
        }

        await host.DrainAsync();

        Assert.Empty(host.Target.Requests);
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_body"));
    }

    [SkippableFact]
    public async Task A_target_that_answers_at_once_is_taken_at_its_word()
    {
        var host = await OpenAsync();
        host.Target.IsSynchronous = true;
        await host.EnqueueAsync(OutboxHost.Messages(10));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 10 }, await host.CountsAsync());
    }
}
