using CalendarSync.Feeds;
using CalendarSync.Storage;

namespace CalendarSync.Jobs;

/// <summary>What a check of a feed found, before it is decided what follows from it.</summary>
internal sealed record CheckResult
{
    /// <summary>How it ended.</summary>
    public required SyncOutcome Outcome { get; init; }

    /// <summary>Validators and addresses of the answer; null without a good answer.</summary>
    public FeedAnswer? Answer { get; init; }

    /// <summary>SHA-256 of the body, or null without one.</summary>
    public byte[]? BodyHash { get; init; }

    /// <summary>Bytes of the body, decoded.</summary>
    public long? BodyBytes { get; init; }

    /// <summary>What differs; null when the body was not read.</summary>
    public FeedChanges? Changes { get; init; }

    /// <summary>Whether parts of the feed were left out.</summary>
    public bool IsPartial { get; init; }

    /// <summary>How long the host asked to be left alone, or null.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>How long the check took.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>What differs between a feed and what is stored of it.</summary>
internal sealed record FeedChanges
{
    /// <summary>New events.</summary>
    public IReadOnlyList<ImportedEvent> Inserts { get; init; } = [];

    /// <summary>Events whose content changed.</summary>
    public IReadOnlyList<ImportedEvent> Updates { get; init; } = [];

    /// <summary>Events that are as they were, and were read again because the reader or the zone data is another one: what follows from them may differ.</summary>
    public IReadOnlyList<ImportedEvent> Rereads { get; init; } = [];

    /// <summary>Events that are no longer in the feed.</summary>
    public IReadOnlyList<EventRowKey> Deletes { get; init; } = [];

    /// <summary>Events that only got another UID: their rows stay.</summary>
    public IReadOnlyList<RenamedEvent> Renames { get; init; } = [];

    /// <summary>Events stored before.</summary>
    public int StoredCount { get; init; }

    /// <summary>Events in the feed.</summary>
    public int FoundCount { get; init; }

    /// <summary>Components that could not be used.</summary>
    public int SkippedCount { get; init; }

    /// <summary>What readers should know of the feed's faults, one a line; null when there are none.</summary>
    public string? Notes { get; init; }

    /// <summary>The calendar's name, or null.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The time zones of its own that the feed defines, as text, where they differ from what is stored: empty where there are none any more. Null leaves what is stored.</summary>
    public string? CustomZones { get; init; }

    /// <summary>How often the feed wishes to be fetched, or null.</summary>
    public TimeSpan? RefreshHint { get; init; }

    /// <summary>Stands for the events of the feed in any order, and for its own time zones: a later body that gives the same holds nothing new.</summary>
    public required byte[] EventsHash { get; init; }

    /// <summary>Whether the calendar is as it was.</summary>
    public bool IsEmpty => Inserts.Count == 0 && Updates.Count == 0 && Deletes.Count == 0 && Renames.Count == 0;
}
