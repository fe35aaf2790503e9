namespace CalendarSync.Exports;

/// <summary>An export feed as its owner sees it: without its address, which is shown once.</summary>
public sealed record ExportFeed
{
    public required long Id { get; init; }

    public required string Label { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last got a new address, or null.</summary>
    public required DateTimeOffset? RotatedAt { get; init; }

    /// <summary>When what readers get last changed, or null before the first rendering.</summary>
    public required DateTimeOffset? ChangedAt { get; init; }

    /// <summary>How many events readers get.</summary>
    public required int EventCount { get; init; }

    /// <summary>Whether a newer state waits to be rendered.</summary>
    public required bool IsPending { get; init; }
}
