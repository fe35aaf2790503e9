namespace CalendarSync.Subscriptions;

/// <summary>A subscription as a user gives it.</summary>
public sealed record SubscriptionInput
{
    /// <summary>https://, http:// or webcal://; only when subscribing.</summary>
    public string? Url { get; init; }

    /// <summary>1 to 100 characters; null takes the calendar's own name when subscribing, and keeps the label later.</summary>
    public string? Label { get; init; }

    /// <summary>A name of the palette; null takes blue when subscribing, and keeps the colour later.</summary>
    public string? Color { get; init; }

    /// <summary>Whether to stop fetching for now; null means no when subscribing, and keeps it as it is later.</summary>
    public bool? IsPaused { get; init; }
}
