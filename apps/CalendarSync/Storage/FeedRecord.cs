using System.Data.Common;
using Clutch.Relational;
using Clutch.Relational.Tables;

namespace CalendarSync.Storage;

/// <summary>What the import knows and keeps of a feed: the part of <c>calendar_feed</c> that a check writes, but for its own time zones, which may be long.</summary>
internal sealed record FeedRecord
{
    /// <summary>For bulk updates by id.</summary>
    public static readonly TableMap<FeedRecord> Table = TableMap.ByConvention<FeedRecord>("calendar_feed", feed => feed.Id);

    /// <summary>The columns, in the order in which <see cref="Read"/> takes them.</summary>
    public static readonly IReadOnlyList<string> Columns = [.. Table.Columns.Select(column => column.Name)];

    public required long Id { get; init; }

    /// <summary>Counts each write of a check, and each wish for a new one: a check that finds another number than it began with writes nothing.</summary>
    public required long Revision { get; init; }

    public required string State { get; init; }

    /// <summary>When it is due, or null: never (deleted for good, or everybody paused it).</summary>
    public DateTimeOffset? NextDueAt { get; init; }

    public int IntervalSeconds { get; init; }

    public int? HintSeconds { get; init; }

    public DateTimeOffset? CheckedAt { get; init; }

    public DateTimeOffset? SucceededAt { get; init; }

    public DateTimeOffset? ChangedAt { get; init; }

    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Since when it answers 404, whatever else it answers meanwhile but a calendar.</summary>
    public DateTimeOffset? MissingSince { get; init; }

    public int FailureCount { get; init; }

    public int UnchangedCount { get; init; }

    public string? Etag { get; init; }

    public string? LastModified { get; init; }

    public string? ValidatorsUrl { get; init; }

    public string? ReaderVersion { get; init; }

    public byte[]? BodyHash { get; init; }

    /// <summary>Stands for the events and time zones that are stored of the feed, in any order: an answer that gives the same holds nothing new. Null before the first import.</summary>
    public byte[]? EventsHash { get; init; }

    public int SuspiciousCount { get; init; }

    public byte[]? SuspiciousHash { get; init; }

    public DateTimeOffset? SuspiciousAt { get; init; }

    public string? DisplayName { get; init; }

    public int EventCount { get; init; }

    /// <summary>Whether parts of it were left out when it was last read.</summary>
    public bool IsPartial { get; init; }

    public string? LastOutcome { get; init; }

    public string? LastError { get; init; }

    public string? LastNotes { get; init; }

    public long? LastBodyBytes { get; init; }

    public int LastInserted { get; init; }

    public int LastUpdated { get; init; }

    public int LastDeleted { get; init; }

    public int LastSkipped { get; init; }

    public int LastDurationMs { get; init; }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static FeedRecord Read(DbDataReader row, RelationalDatabase database)
    {
        var next = 0;
        return new()
        {
            Id = row.GetInt64(next++),
            Revision = row.GetInt64(next++),
            State = row.GetString(next++),
            NextDueAt = InstantAt(next++),
            IntervalSeconds = row.GetInt32(next++),
            HintSeconds = row.IsDBNull(next++) ? null : row.GetInt32(next - 1),
            CheckedAt = InstantAt(next++),
            SucceededAt = InstantAt(next++),
            ChangedAt = InstantAt(next++),
            FailingSince = InstantAt(next++),
            MissingSince = InstantAt(next++),
            FailureCount = row.GetInt32(next++),
            UnchangedCount = row.GetInt32(next++),
            Etag = TextAt(next++),
            LastModified = TextAt(next++),
            ValidatorsUrl = TextAt(next++),
            ReaderVersion = TextAt(next++),
            BodyHash = BytesAt(next++),
            EventsHash = BytesAt(next++),
            SuspiciousCount = row.GetInt32(next++),
            SuspiciousHash = BytesAt(next++),
            SuspiciousAt = InstantAt(next++),
            DisplayName = TextAt(next++),
            EventCount = row.GetInt32(next++),
            IsPartial = row.GetBoolean(next++),
            LastOutcome = TextAt(next++),
            LastError = TextAt(next++),
            LastNotes = TextAt(next++),
            LastBodyBytes = row.IsDBNull(next++) ? null : row.GetInt64(next - 1),
            LastInserted = row.GetInt32(next++),
            LastUpdated = row.GetInt32(next++),
            LastDeleted = row.GetInt32(next++),
            LastSkipped = row.GetInt32(next++),
            LastDurationMs = row.GetInt32(next),
        };

        DateTimeOffset? InstantAt(int ordinal) => row.IsDBNull(ordinal) ? null : database.ReadInstant(row, ordinal);
        string? TextAt(int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);
        byte[]? BytesAt(int ordinal) => row.IsDBNull(ordinal) ? null : (byte[])row.GetValue(ordinal);
    }
}
