namespace SkuSync.Storage;

/// <summary>A run of the extract job: what it found, and when its changes had gone how far.</summary>
internal sealed record SyncRun
{
    public required long Id { get; init; }

    /// <summary>The job parameter <c>run</c>.</summary>
    public required string Key { get; init; }

    public required SyncRunStatus Status { get; init; }

    /// <summary>The job execution that works on it, or did last.</summary>
    public required long JobExecutionId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended in any way, superseded too; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether the listing was complete, or why not; null while it is not known.</summary>
    public string? Listing { get; init; }

    public required SyncCounts Counts { get; init; }

    /// <summary>When a person approved the deletions that the guard held, or null.</summary>
    public DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>When all it found was stored and in the outbox, or null.</summary>
    public DateTimeOffset? IngestedAt { get; init; }

    /// <summary>When the target had accepted the last of its changes, or null.</summary>
    public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>When the last of its changes was known to be applied, or to have failed for good; null until then.</summary>
    public DateTimeOffset? SyncedAt { get; init; }
}

/// <summary>How far a run is.</summary>
internal enum SyncRunStatus
{
    /// <summary>It works, or was interrupted and can be restarted.</summary>
    Running,

    /// <summary>It wants to delete more than the guard allows, and waits for a person.</summary>
    Held,

    /// <summary>All listed SKUs are stored.</summary>
    Completed,

    /// <summary>Some listed SKUs could not be had; they are named in <c>sync_gap</c> and asked for again by the next run.</summary>
    CompletedWithErrors,

    /// <summary>A later run took its place before it ended.</summary>
    Superseded,
}

/// <summary>What a run counted, in SKUs.</summary>
/// <param name="Listed">In the listing, each once.</param>
/// <param name="Fetched">Asked for their detail and had.</param>
/// <param name="Changed">New or changed.</param>
/// <param name="Deleted">Turned into tombstones.</param>
/// <param name="Failed">Listed, but their detail could not be had.</param>
/// <param name="Stale">Stored in a state older than the listing said.</param>
/// <param name="Missing">Known, not in this complete listing, and not deleted yet.</param>
internal readonly record struct SyncCounts(long Listed, long Fetched, long Changed, long Deleted, long Failed, long Stale, long Missing)
{
    /// <summary>Listed and as they were before.</summary>
    public long Unchanged => Math.Max(0, Listed - Changed - Failed);
}
