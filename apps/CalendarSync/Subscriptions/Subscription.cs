using System.Data.Common;
using Clutch.Relational;

namespace CalendarSync.Subscriptions;

/// <summary>A user's subscription to an external calendar, with how it fares.</summary>
public sealed record Subscription
{
    /// <summary>The columns that <see cref="Read"/> takes, of <c>calendar_subscription s</c> and <c>calendar_feed f</c>.</summary>
    public const string Columns = """
        s.id, s.feed_id, s.label, s.color, s.is_paused, s.created_at, f.url_key, f.state, f.checked_at, f.succeeded_at, f.changed_at, f.next_due_at, f.failing_since,
        f.last_error, f.last_notes, f.event_count, f.requested_at, f.last_outcome, f.last_body_bytes, f.last_inserted, f.last_updated, f.last_deleted, f.last_skipped, f.last_duration_ms
        """;

    public required long Id { get; init; }

    public required long FeedId { get; init; }

    public required string Label { get; init; }

    /// <summary>A name of the palette.</summary>
    public required string Color { get; init; }

    /// <summary>Whether it is not fetched for now; its events stay.</summary>
    public required bool IsPaused { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The address as subscribed, without a password.</summary>
    public required string Url { get; init; }

    /// <summary><c>new</c>, <c>ok</c>, <c>partial</c>, <c>suspicious</c>, <c>failing</c>, <c>auth</c>, <c>blocked</c> or <c>gone</c>.</summary>
    public required string State { get; init; }

    /// <summary>When it was last looked at, or null before the first time.</summary>
    public required DateTimeOffset? CheckedAt { get; init; }

    /// <summary>When that last went well, or null.</summary>
    public required DateTimeOffset? SucceededAt { get; init; }

    /// <summary>When its events last changed, or null.</summary>
    public required DateTimeOffset? ChangedAt { get; init; }

    /// <summary>When it is due next, or null when it is not fetched any more.</summary>
    public required DateTimeOffset? NextDueAt { get; init; }

    /// <summary>Since when it fails, or null while it goes well.</summary>
    public required DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why not, as a sentence, or null.</summary>
    public required string? Problem { get; init; }

    /// <summary>What was left out of it or put right, and why, line by line, or null.</summary>
    public required string? Notes { get; init; }

    public required int EventCount { get; init; }

    /// <summary>When somebody last asked for a look out of turn, or null.</summary>
    public required DateTimeOffset? RequestedAt { get; init; }

    /// <summary>What the last look at it brought, or null before the first.</summary>
    public required LastCheck? LastCheck { get; init; }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static Subscription Read(DbDataReader row, RelationalDatabase database) => new()
    {
        Id = row.GetInt64(0),
        FeedId = row.GetInt64(1),
        Label = row.GetString(2),
        Color = row.GetString(3),
        IsPaused = row.GetBoolean(4),
        CreatedAt = database.ReadInstant(row, 5),
        Url = WithoutCredentials(row.GetString(6)),
        State = row.GetString(7),
        CheckedAt = Instant(row, 8, database),
        SucceededAt = Instant(row, 9, database),
        ChangedAt = Instant(row, 10, database),
        NextDueAt = Instant(row, 11, database),
        FailingSince = Instant(row, 12, database),
        Problem = row.IsDBNull(13) ? null : row.GetString(13),
        Notes = row.IsDBNull(14) ? null : row.GetString(14),
        EventCount = row.GetInt32(15),
        RequestedAt = Instant(row, 16, database),
        LastCheck = row.IsDBNull(17) ? null : new(
            row.GetString(17), row.IsDBNull(18) ? null : row.GetInt64(18), row.GetInt32(19), row.GetInt32(20), row.GetInt32(21), row.GetInt32(22), row.GetInt32(23)),
    };

    private static string WithoutCredentials(string key) =>
        new Uri(key).GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped);

    private static DateTimeOffset? Instant(DbDataReader row, int ordinal, RelationalDatabase database) => row.IsDBNull(ordinal) ? null : database.ReadInstant(row, ordinal);
}
