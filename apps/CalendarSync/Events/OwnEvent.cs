using System.Data.Common;
using Clutch.Relational;

namespace CalendarSync.Events;

/// <summary>An event of a user's own, as it lies in the table <c>calendar_event</c>.</summary>
public sealed record OwnEvent
{
    /// <summary>The columns that <see cref="Read"/> takes, in its order.</summary>
    public const string Columns =
        "id, user_id, uid, title, description, location, color, is_all_day, start_local, end_local, time_zone, rule, excluded, is_busy, sequence, created_at, updated_at";

    public long Id { get; init; }

    public long UserId { get; init; }

    /// <summary>Stable and opaque; it is what readers of the export feed know the event by.</summary>
    public required string Uid { get; init; }

    public required string Title { get; init; }

    public string? Description { get; init; }

    public string? Location { get; init; }

    /// <summary><c>#rrggbb</c>, or null for the user's default.</summary>
    public string? Color { get; init; }

    public bool IsAllDay { get; init; }

    /// <summary><c>2026-03-02</c> or <c>2026-03-02T09:00:00</c>.</summary>
    public required string StartLocal { get; init; }

    /// <summary>The end, exclusive, likewise.</summary>
    public required string EndLocal { get; init; }

    /// <summary>An IANA zone, or null for an all-day event.</summary>
    public string? TimeZone { get; init; }

    /// <summary>RRULE, or null.</summary>
    public string? Rule { get; init; }

    /// <summary>Starts of instances that do not take place, in the form of <see cref="StartLocal"/>.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Whether it blocks the time (TRANSP).</summary>
    public bool IsBusy { get; init; } = true;

    /// <summary>How often its time has changed.</summary>
    public int Sequence { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static OwnEvent Read(DbDataReader row, RelationalDatabase database) => new()
    {
        Id = row.GetInt64(0),
        UserId = row.GetInt64(1),
        Uid = row.GetString(2),
        Title = row.GetString(3),
        Description = Text(row, 4),
        Location = Text(row, 5),
        Color = Text(row, 6),
        IsAllDay = row.GetBoolean(7),
        StartLocal = row.GetString(8),
        EndLocal = row.GetString(9),
        TimeZone = Text(row, 10),
        Rule = Text(row, 11),
        Excluded = Text(row, 12) is { } excluded ? excluded.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [],
        IsBusy = row.GetBoolean(13),
        Sequence = row.GetInt32(14),
        CreatedAt = database.ReadInstant(row, 15),
        UpdatedAt = database.ReadInstant(row, 16),
    };

    private static string? Text(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);
}
