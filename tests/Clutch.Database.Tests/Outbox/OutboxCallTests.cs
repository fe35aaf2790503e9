using Clutch.Database.Tests.Fixtures;
using Npgsql;

namespace Clutch.Database.Tests.Outbox;

/// <summary>One process enqueues, another one relays.</summary>
public sealed class OutboxCallTests
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(1));

    [SkippableFact]
    public async Task A_relay_of_another_process_is_called_by_a_commit()
    {
        // Their clocks stand still: the relay never looks by itself, and the producer's calls are far enough apart.
        var clock = new ManualClock();
        await using var store = await OwnDatabaseAsync();
        await using var sender = await OutboxHost.OpenAsync(store, clock: new ManualClock());
        await using var producer = await OutboxHost.OpenAsync(store, clock: clock);
        using var stop = new CancellationTokenSource();
        var relay = sender.Relay.RunAsync(OutboxHost.Channel, stop.Token);
        await WaitAsync(() => sender.Signals.IsHearing);

        for (var number = 1; number <= 3; number++)
        {
            await producer.EnqueueAsync(OutboxHost.Message($"sku-{number}"));
            await WaitAsync(() => sender.Target.Requests.Count == number);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => relay);
        Assert.Equal(["sku-1", "sku-2", "sku-3"], sender.Target.Requests.Select(request => Assert.Single(request.Items).Key));
    }

    [SkippableFact]
    public async Task Who_relays_himself_calls_nobody_and_others_at_most_ten_times_a_second()
    {
        var clock = new ManualClock();
        await using var store = await OwnDatabaseAsync();
        await using var listener = await OutboxHost.OpenAsync(store);
        await using var producer = await OutboxHost.OpenAsync(store, clock: clock);
        var calls = 0;
        using var heard = listener.Signals.Subscribe("outbox/stock", () => Interlocked.Increment(ref calls));
        // Who begins to listen is called once, for what was sent before.
        await WaitAsync(() => Volatile.Read(ref calls) == 1);
        Interlocked.Exchange(ref calls, 0);

        await producer.EnqueueAsync(OutboxHost.Message("first"));
        await producer.EnqueueAsync(OutboxHost.Message("within 100 ms"));
        clock.Advance(TimeSpan.FromMilliseconds(100));
        await producer.EnqueueAsync(OutboxHost.Message("later"));
        await WaitAsync(() => calls == 2);
        clock.Advance(TimeSpan.FromSeconds(1));
        using var stop = new CancellationTokenSource();
        var relay = producer.Relay.RunAsync(OutboxHost.Channel, stop.Token);
        await producer.EnqueueAsync(OutboxHost.Message("with a relay"));
        await EchoAsync(listener);

        Assert.False(relay.IsCompleted, relay.Exception?.ToString());
        Assert.Equal(2, calls);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => relay);
    }

    // Signals reach all programs of a database, and other tests enqueue into channels of this name.
    private static async Task<PostgreSqlStore> OwnDatabaseAsync()
    {
        var name = $"calls{Guid.CreateVersion7():N}";
        var server = Needs.PostgreSql();
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new(new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString, "outbox");
    }

    // Signals arrive in the order of their commits: what was sent before this one has been heard.
    private async Task EchoAsync(OutboxHost host)
    {
        var isHeard = false;
        using var echo = host.Signals.Subscribe("echo", () => isHeard = true);
        await host.Signals.SendAsync("echo", CancellationToken.None);
        await WaitAsync(() => isHeard);
    }

    private async Task WaitAsync(Func<bool> holds)
    {
        while (!holds())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, _patience.Token);
    }
}
