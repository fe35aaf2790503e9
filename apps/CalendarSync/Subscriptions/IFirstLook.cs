namespace CalendarSync.Subscriptions;

/// <summary>Fetches a calendar once, before somebody subscribes to it: behind the same guard, limits and parser as the import.</summary>
internal interface IFirstLook
{
    /// <summary>Looks at a calendar; whatever goes wrong is an answer, not an exception.</summary>
    Task<FirstLook> LookAsync(Uri address, CancellationToken cancellationToken);
}

/// <summary>What a first look found.</summary>
internal sealed record FirstLook
{
    /// <summary>What is wrong, as a sentence for the user without response bodies, addresses or exception text; null when it is a calendar.</summary>
    public string? Problem { get; init; }

    /// <summary>The calendar's own name, or null.</summary>
    public string? DisplayName { get; init; }

    /// <summary>How many events it holds.</summary>
    public int EventCount { get; init; }
}
