using CalendarSync.Accounts;
using CalendarSync.Storage;
using Clutch.Ical.Zones;
using Clutch.Relational;
using NodaTime;

namespace CalendarSync.Events;

/// <summary>A user's own events. Every statement names the owner; what is another's does not exist.</summary>
internal sealed class EventStore(RelationalDatabase database, TimeProvider clock)
{
    /// <summary>The most own events a user may have.</summary>
    public const int MostEvents = 50_000;

    // In the transaction of the change: the export job sees the change or neither.
    private const string MarkExports = "UPDATE calendar_export_feed SET wanted_version = wanted_version + 1 WHERE user_id = @user";

    // Locked by id, as the export job locks them: two that wait for one another would be a deadlock.
    private const string PostgreSqlMarkExports = $"""
        SELECT id FROM calendar_export_feed WHERE user_id = @user ORDER BY id FOR NO KEY UPDATE;
        {MarkExports}
        """;

    private const string Insert = """
        INSERT INTO calendar_event (
            user_id, uid, title, description, location, color, is_all_day, start_local, end_local, time_zone, start_utc, end_utc, rule, excluded, is_busy, sequence,
            window_from, window_to, zone_data, created_at, updated_at)
        SELECT
            @user, @uid, @title, @description, @location, @color, @all_day, @start, @end, @zone, @start_utc, @end_utc, @rule, @excluded, @busy, @sequence,
            @window_from, @window_to, @zone_data, @created, @updated
        WHERE (SELECT count(*) FROM calendar_event WHERE user_id = @user) < @most
        RETURNING CAST(id AS TEXT)
        """;

    private const string PostgreSqlInsert = """
        INSERT INTO calendar_event (
            user_id, uid, title, description, location, color, is_all_day, start_local, end_local, time_zone, start_utc, end_utc, rule, excluded, is_busy, sequence,
            window_from, window_to, zone_data, created_at, updated_at)
        SELECT
            @user, @uid, @title, @description, @location, @color, @all_day, @start, @end, @zone, @start_utc::timestamptz, @end_utc::timestamptz, @rule, @excluded, @busy, @sequence,
            @window_from, @window_to, @zone_data, @created, @updated
        WHERE (SELECT count(*) FROM calendar_event WHERE user_id = @user) < @most
        RETURNING id::text
        """;

    private const string UpdateOne = """
        UPDATE calendar_event SET
            title = @title, description = @description, location = @location, color = @color, is_all_day = @all_day, start_local = @start, end_local = @end, time_zone = @zone,
            start_utc = @start_utc, end_utc = @end_utc, rule = @rule, excluded = @excluded, is_busy = @busy, sequence = @sequence,
            window_from = @window_from, window_to = @window_to, zone_data = @zone_data, updated_at = @updated
        WHERE id = @id AND user_id = @user AND updated_at = @seen
        RETURNING uid
        """;

    private const string DeleteOne = "DELETE FROM calendar_event WHERE id = @id AND user_id = @user RETURNING uid";

    private const string DeleteSeen = "DELETE FROM calendar_event WHERE id = @id AND user_id = @user AND updated_at = @seen RETURNING uid";

    private const string RefreshZones = """
        UPDATE calendar_event SET start_utc = @start_utc, end_utc = @end_utc, window_from = @window_from, window_to = @window_to, zone_data = @zone_data
        WHERE id = @id AND updated_at = @updated
        """;

    private const string FindOne = $"SELECT {OwnEvent.Columns} FROM calendar_event WHERE id = @id AND user_id = @user";

    private const string ListPage = $"SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id = @user AND id > @after ORDER BY id LIMIT @count";

    private const string ListWindow = $"""
        SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id = @user AND window_to >= @from AND window_from < @to ORDER BY id LIMIT @count
        """;

    private string Mark => database.Product == "Sqlite" ? MarkExports : PostgreSqlMarkExports;

    /// <summary>Adds an event; null when the user has <see cref="MostEvents"/> already.</summary>
    public async Task<OwnEvent?> AddAsync(long userId, OwnEvent given, CancellationToken cancellationToken)
    {
        var now = clock.GetStoredNow();
        var own = given with { UserId = userId, Uid = $"{Guid.CreateVersion7():N}@calendar-sync", CreatedAt = now, UpdatedAt = now };
        var insert = Bind(Marking(database.Product == "Sqlite" ? Insert : PostgreSqlInsert), own).With("created", now).With("most", MostEvents);
        var id = await database.ChangePatientlyAsync(insert, Rows.Text, cancellationToken);
        return id is null ? null : own with { Id = long.Parse(id, System.Globalization.CultureInfo.InvariantCulture) };
    }

    /// <summary>An event of the user's own, or null.</summary>
    public ValueTask<OwnEvent?> FindAsync(long userId, long id, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(FindOne).With("id", id).With("user", userId), Rows.First(Read), cancellationToken);

    /// <summary>The user's events by id after <paramref name="after"/>.</summary>
    public ValueTask<IReadOnlyList<OwnEvent>> ListAsync(long userId, long after, int count, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(ListPage).With("user", userId).With("after", after).With("count", count), Rows.All(Read), cancellationToken);

    /// <summary>Events that may have instances between two instants.</summary>
    public ValueTask<IReadOnlyList<OwnEvent>> ListAsync(long userId, DateTimeOffset from, DateTimeOffset to, int count, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(ListWindow).With("user", userId).With("from", from).With("to", to).With("count", count), Rows.All(Read), cancellationToken);

    /// <summary>Changes an event that is still as it was seen; null when somebody changed or deleted it since.</summary>
    public async Task<OwnEvent?> UpdateAsync(OwnEvent seen, OwnEvent given, CancellationToken cancellationToken)
    {
        var changed = given with
        {
            Id = seen.Id,
            UserId = seen.UserId,
            Uid = seen.Uid,
            CreatedAt = seen.CreatedAt,
            UpdatedAt = After(seen.UpdatedAt),
            Sequence = seen.Sequence + (HasSameTime(seen, given) ? 0 : 1),
        };
        var update = Bind(Marking(UpdateOne), changed).With("id", seen.Id).With("seen", seen.UpdatedAt);
        return await database.ChangePatientlyAsync(update, Rows.Text, cancellationToken) is null ? null : changed;
    }

    /// <summary>Deletes an event; false when the user has none of that id.</summary>
    public async Task<bool> DeleteAsync(long userId, long id, CancellationToken cancellationToken) =>
        await database.ChangePatientlyAsync(Marking(DeleteOne).With("id", id).With("user", userId), Rows.Text, cancellationToken) is not null;

    /// <summary>Deletes an event that is still as it was seen; false when somebody changed or deleted it since.</summary>
    public async Task<bool> DeleteAsync(OwnEvent seen, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seen);
        var delete = Marking(DeleteSeen).With("id", seen.Id).With("user", seen.UserId).With("seen", seen.UpdatedAt);
        return await database.ChangePatientlyAsync(delete, Rows.Text, cancellationToken) is not null;
    }

    /// <summary>Computes the instants of events anew and marks the export feeds of their users, in one transaction; an event that somebody changed meanwhile has them already.</summary>
    public async Task RefreshZonesAsync(IReadOnlyList<OwnEvent> outdated, CancellationToken cancellationToken)
    {
        if (outdated.Count == 0)
            return;
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        foreach (var own in outdated)
            await session.RunAsync(Bind(new(RefreshZones), own).With("id", own.Id), Rows.Affected, cancellationToken);
        // A rendered calendar holds the definitions of its zones.
        foreach (var userId in outdated.Select(own => own.UserId).Distinct().Order())
            await session.RunAsync(new Statement(Mark).With("user", userId), Rows.Affected, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    /// <summary>What follows from the wall clock and the zone of an event.</summary>
    internal static (EventTimes Times, EventWindow Window) InstantsOf(OwnEvent own)
    {
        // A resolver serves one thread at a time.
        var (component, zones) = (OwnEventComponent.Of(own), new ZoneResolver(DateTimeZone.Utc));
        return (EventTimes.Of(component, zones)!, EventWindow.Of(component, zones));
    }

    private static bool HasSameTime(OwnEvent seen, OwnEvent given) =>
        (seen.IsAllDay, seen.StartLocal, seen.EndLocal, seen.TimeZone, seen.Rule) == (given.IsAllDay, given.StartLocal, given.EndLocal, given.TimeZone, given.Rule) &&
        seen.Excluded.SequenceEqual(given.Excluded, StringComparer.Ordinal);

    // A version must differ from the one before, also within a millisecond or behind a clock that was set back.
    private DateTimeOffset After(DateTimeOffset seen)
    {
        var now = clock.GetStoredNow();
        return now > seen ? now : seen.AddMilliseconds(1);
    }

    private Statement Marking(string change) => new($"{change};\n{Mark}");

    private static Statement Bind(Statement statement, OwnEvent own)
    {
        var (times, window) = InstantsOf(own);
        return statement
            .With("user", own.UserId).With("uid", own.Uid).With("title", own.Title).With("description", own.Description).With("location", own.Location)
            .With("color", own.Color).With("all_day", own.IsAllDay).With("start", own.StartLocal).With("end", own.EndLocal).With("zone", own.TimeZone)
            .With("start_utc", times.StartUtc).With("end_utc", times.EndUtc).With("rule", own.Rule)
            .With("excluded", own.Excluded.Count == 0 ? null : string.Join('\n', own.Excluded)).With("busy", own.IsBusy).With("sequence", own.Sequence)
            .With("window_from", window.From).With("window_to", window.To).With("zone_data", TimeZones.DataVersion).With("updated", own.UpdatedAt);
    }

    private OwnEvent Read(System.Data.Common.DbDataReader row) => OwnEvent.Read(row, database);
}
