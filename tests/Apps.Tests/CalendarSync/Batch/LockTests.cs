using Apps.Tests.CalendarSync.Security;
using CalendarSync.Accounts;
using CalendarSync.Events;
using CalendarSync.Jobs;
using CalendarSync.Subscriptions;
using Clutch.Relational;
using Npgsql;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>Who waits for whom: two that take the same locks take them in one order.</summary>
public sealed class LockTests
{
    [SkippableFact]
    public async Task A_change_of_an_event_locks_its_calendars_in_the_order_of_their_ids()
    {
        await using var world = await BatchWorld.StartAsync("postgresql", feeds: 1);
        await world.ExecuteAsync("""
            INSERT INTO calendar_event (user_id, uid, title, is_all_day, start_local, end_local, window_from, window_to, zone_data, created_at, updated_at)
            VALUES (1, 'a', 'A', true, '2026-03-02', '2026-03-03', @now, @now, 'x', @now, @now);
            INSERT INTO calendar_export_feed (user_id, label, token_hash, created_at) VALUES (1, 'first', '\x01', @now), (1, 'second', '\x02', @now)
            """);
        // Now it lies behind the second.
        await world.ExecuteAsync("UPDATE calendar_export_feed SET wanted_version = wanted_version + 1 WHERE id = 1");
        var store = new EventStore(world.Database, world.Clock);

        await WithFirstLockedAsync(world, "calendar_export_feed", () => store.DeleteAsync(1, 1, CancellationToken.None));

        Assert.Equal(2 + 1, await world.CountAsync("SELECT max(wanted_version) FROM calendar_export_feed"));
    }

    [SkippableFact]
    public async Task The_end_of_an_account_locks_feeds_in_the_order_of_their_ids()
    {
        await using var world = await BatchWorld.StartAsync("postgresql", feeds: 2);
        await world.SubscribeAsync(2);
        await world.ExecuteAsync("UPDATE calendar_feed SET next_due_at = next_due_at + interval '1 second' WHERE id = 1");

        await WithFirstLockedAsync(world, "calendar_feed", () => new UserStore(world.Database, world.Clock).DeleteAsync(1, CancellationToken.None));

        Assert.Equal(0, await world.CountAsync("SELECT count(*) FROM calendar_feed"));
    }

    [SkippableFact]
    public async Task Who_was_chosen_to_end_a_deadlock_is_served_at_the_second_try()
    {
        await using var world = await BatchWorld.StartAsync("postgresql", feeds: 1);
        await world.SubscribeAsync(1);
        await using var watched = new WatchedDatabase(world.Database) { NextChangeFault = new PostgresException("deadlock detected", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected) };

        Assert.True(await new SubscriptionStore(watched, world.Clock).RequestSyncAsync(1, 1, CancellationToken.None));
    }

    [SkippableFact]
    public async Task A_pause_that_was_rolled_back_is_written_with_the_next_attempt()
    {
        await using var server = new RawServer(_ => RawServer.Status(503, "Retry-After: 3600\r\n"));
        await using var world = await BatchWorld.StartAsync("postgresql", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);
        await world.ExecuteAsync("""
            CREATE SEQUENCE test_commits;
            CREATE FUNCTION test_conflict() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF nextval('test_commits') = 1 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER test_conflict AFTER UPDATE ON calendar_feed DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_conflict()
            """);

        await world.RunAsync(CalendarJobs.Import);

        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_host WHERE blocked_until > now()"));
    }

    [SkippableFact]
    public async Task A_chunk_that_is_being_written_holds_up_no_new_reference_to_its_feeds()
    {
        await using var world = await BatchWorld.StartAsync("postgresql", feeds: 1);
        await world.SubscribeAsync(1);
        await world.ExecuteAsync("""
            INSERT INTO calendar_user (name, time_zone, created_at) VALUES ('second', 'UTC', @now);
            CREATE FUNCTION test_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
            CREATE TRIGGER test_wait AFTER INSERT ON calendar_feed_event FOR EACH ROW EXECUTE FUNCTION test_wait()
            """);
        await using var holder = await world.Database.OpenSessionAsync(CancellationToken.None);
        await holder.BeginAsync(CancellationToken.None);
        await holder.RunAsync(new Statement("SELECT pg_advisory_xact_lock(7)"), Rows.Affected, CancellationToken.None);
        var import = world.RunAsync(CalendarJobs.Import);
        await WaitForLockAsync(world);

        await world.ExecuteAsync("""
            SET lock_timeout = '2s';
            INSERT INTO calendar_subscription (user_id, feed_id, label, color, created_at, updated_at) VALUES (2, 1, 'second', 'blue', @now, @now)
            """);

        await holder.CommitAsync(CancellationToken.None);
        await import;
        Assert.Equal(await world.TruthAsync(1), await world.EventsAsync(1));
    }

    /// <summary>While the row with the lowest id is locked, who changes both waits for it and holds none of the others.</summary>
    private static async Task WithFirstLockedAsync(BatchWorld world, string table, Func<Task<bool>> change)
    {
        await using var holder = await world.Database.OpenSessionAsync(CancellationToken.None);
        await holder.BeginAsync(CancellationToken.None);
        await holder.RunAsync(new Statement($"SELECT id FROM {table} WHERE id = 1 FOR UPDATE"), Rows.Affected, CancellationToken.None);
        var waiting = change();
        await WaitForLockAsync(world);

        await holder.RunAsync(new Statement($"SELECT id FROM {table} WHERE id = 2 FOR UPDATE NOWAIT"), Rows.Affected, CancellationToken.None);

        await holder.CommitAsync(CancellationToken.None);
        Assert.True(await waiting);
    }

    private static async Task WaitForLockAsync(BatchWorld world)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await world.CountAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
    }
}
