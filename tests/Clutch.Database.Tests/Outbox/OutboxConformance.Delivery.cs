using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Running;
using Clutch.Relational;

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
    public async Task Messages_that_wait_for_company_go_as_soon_as_no_more_comes()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.Linger) = (40, TimeSpan.FromHours(1)));
        await host.EnqueueAsync(OutboxHost.Messages(45));
        using var stop = new CancellationTokenSource();
        var running = host.Runner.RunAsync(OutboxHost.Channel, stop.Token);

        // A full submission goes; what is left of its group goes with it, and a later message waits.
        await WaitUntilAsync(async () => (await host.CountsAsync()).GetValueOrDefault("SYNCED") == 45);
        await host.EnqueueAsync(OutboxHost.Message("late"));
        await WaitUntilAsync(async () => (await host.Store.ListReadyGroupsAsync(OutboxHost.Channel, 1, TimeSpan.Zero, Never)).Count == 1);
        Assert.Equal("PENDING", await host.StatusOfAsync("late"));
        host.Outbox.Flush(OutboxHost.Channel);
        await WaitUntilAsync(async () => await host.StatusOfAsync("late") == "SYNCED");

        await stop.CancelAsync();
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task The_age_of_the_oldest_transaction_is_known_where_it_slows_claims_down()
    {
        var host = await OpenAsync();
        await using var session = await host.Database.OpenSessionAsync(Never);
        await session.BeginAsync(Never);
        // BEGIN travels with the first statement.
        await session.RunAsync(new("SELECT 'begun'"), Rows.Text, Never);

        var age = await host.Store.FindOldestTransactionAsync(Never);

        Assert.Equal(host.Database.Product == "PostgreSql", age > TimeSpan.Zero);
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
    public async Task Messages_wait_for_company_until_they_fill_a_submission_or_have_waited_long_enough()
    {
        var host = await OpenAsync();
        async Task<IEnumerable<string>> ReadyAsync() => await host.Store.ListReadyGroupsAsync(OutboxHost.Channel, limit: 10, TimeSpan.FromHours(1), Never);
        await host.EnqueueAsync([.. OutboxHost.Messages(10, "full"), .. OutboxHost.Messages(9, "lonely")]);

        Assert.Equal(["full"], await ReadyAsync());
        await host.PassAsync(TimeSpan.FromHours(1));
        await host.EnqueueAsync(OutboxHost.Messages(9, "new"));
        Assert.Equal(["full", "lonely"], await ReadyAsync());
        Assert.Equal(["full", "lonely", "new"], await host.Store.ListReadyGroupsAsync(OutboxHost.Channel, limit: 10, TimeSpan.Zero, Never));
    }

    [SkippableFact]
    public async Task Submissions_are_timed_from_end_to_end_while_somebody_listens()
    {
        var durations = new System.Collections.Concurrent.ConcurrentBag<double>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = static (instrument, published) =>
        {
            if (instrument.Name == "clutch.outbox.end_to_end.duration")
                published.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => durations.Add(seconds));
        listener.Start();
        var host = await OpenAsync(options => options.BatchSize = 10);
        await host.EnqueueAsync(OutboxHost.Messages(20));
        await host.PassAsync(TimeSpan.FromDays(2));

        await host.DrainAsync();

        // Others may run beside this one, but nothing of theirs is two days old.
        Assert.Equal(2, durations.Count(static seconds => seconds is > 172_800 and < 176_400));
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

    [SkippableFact]
    public async Task A_drain_sweeps_at_its_end()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(3));
        await host.DrainAsync();
        await host.PassAsync(TimeSpan.FromDays(8));

        await host.DrainAsync();

        Assert.Empty(await host.CountsAsync());
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
    }
}
