using Clutch.Database.Tests.Fixtures;
using Clutch.Relational;
using Npgsql;

namespace Clutch.Database.Tests.Outbox;

/// <summary>PostgreSQL itself ends a transaction of relay or poller whose process stands still.</summary>
public sealed class ServerLimitTests
{
    private const string Limits = "SELECT current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')";

    [SkippableFact]
    public async Task Transactions_of_the_relay_are_bounded_and_those_of_callers_are_not()
    {
        await using var store = new PostgreSqlStore();
        await using var host = await OutboxHost.OpenAsync(store);
        await using (var own = await host.Store.BeginAsync(default))
        {
            Assert.Equal("10s 10s", await own.RunAsync(new(Limits), Rows.Text, default));
            await own.CommitAsync(default);
            await own.BeginAsync(default);
            Assert.Equal("10s 10s", await own.RunAsync(new(Limits), Rows.Text, default));
            await own.CommitAsync(default);
        }

        await using var callers = await host.Database.OpenSessionAsync(default);
        await callers.BeginAsync(default);
        Assert.Equal("0 0", await callers.RunAsync(new(Limits), Rows.Text, default));
    }

    [SkippableTheory]
    [InlineData("500ms", "500ms 10s")]
    [InlineData("1min", "10s 10s")]
    public async Task What_is_set_shorter_stays(string set, string limits)
    {
        await using var store = new PostgreSqlStore();
        await using var host = await OutboxHost.OpenAsync(store);
        await using var session = await host.Database.OpenSessionAsync(default);
        session.ServerLimit = TimeSpan.FromSeconds(10);
        await host.Database.RunAsync(session.Connection, new($"SET statement_timeout = '{set}'"), Rows.Affected, default);

        await session.BeginAsync(default);

        Assert.Equal(limits, await session.RunAsync(new(Limits), Rows.Text, default));
    }

    [SkippableFact]
    public async Task A_transaction_that_says_nothing_is_undone_by_the_server_and_its_locks_are_free()
    {
        await using var store = new PostgreSqlStore();
        await using var host = await OutboxHost.OpenAsync(store);
        await host.EnqueueAsync(OutboxHost.Message("a"));
        await using var silent = await host.Database.OpenSessionAsync(default);
        silent.ServerLimit = TimeSpan.FromMilliseconds(200);
        await silent.BeginAsync(default);
        await silent.RunAsync(new("UPDATE clutch_outbox_message SET key = 'b'"), Rows.Affected, default);

        // It waits for the lock, which nobody gives back but the server.
        await host.Database.ExecuteAsync("UPDATE clutch_outbox_message SET attempts = 0 WHERE key = 'a'");

        var fault = await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await silent.CommitAsync(default));
        Assert.True(host.Database.IsTransient(fault));
    }
}
