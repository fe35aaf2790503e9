namespace Clutch.Http.Paging;

/// <summary>Asks for one page of a listing.</summary>
/// <param name="Range">The key range to list, as <see cref="PagedSource{T}.Ranges"/> names it; empty for the whole listing.</param>
/// <param name="Cursor">The cursor of the page before, unread; null for the first page.</param>
/// <param name="Limit">The most items to ask for; a server may give fewer, or more.</param>
public sealed record PageRequest(string Range, string? Cursor, int Limit);

/// <summary>One page of a listing.</summary>
/// <param name="Items">Its items; none is legal before the end.</param>
/// <param name="NextCursor">Where the next page begins; null or empty at the end.</param>
/// <param name="Total">How many items the whole range has, as the server says; null where it does not.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor, long? Total = null);

/// <summary>A listing that is read page by page.</summary>
public sealed record PagedSource<T>
{
    /// <summary>Its name in messages and in the proof's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets a page; usually a call through an <see cref="HttpChannel"/>, which also retries it.</summary>
    public required Func<PageRequest, CancellationToken, ValueTask<Page<T>>> Fetch { get; init; }

    /// <summary>What tells items apart.</summary>
    public required Func<T, string> Key { get; init; }

    /// <summary>The most items to ask for at once: 1 to 100,000; 1,000 by default.</summary>
    public int PageSize { get; init; } = 1_000;

    /// <summary>How many pages are fetched ahead of the step: 1 or more, 2 by default.</summary>
    public int ReadAhead { get; init; } = 2;

    /// <summary>Key ranges that are listed side by side and together make the listing, each by its own cursor; one range, the whole, by default.</summary>
    public IReadOnlyList<string> Ranges { get; init; } = [string.Empty];

    /// <summary>Whether an item that this execution has read before is left out; false, the default, gives it again.</summary>
    public bool DropsRepeats { get; init; }

    /// <summary>Whether keys are counted apart, which keeps each key in memory; true by default. Without it the proof needs the count from the caller's table.</summary>
    public bool CountsDistinct { get; init; } = true;

    /// <summary>How often in one execution a range may begin again because its cursor expired: 0 or more, 3 by default.</summary>
    public int MaxRestarts { get; init; } = 3;

    /// <summary>Which fault of <see cref="Fetch"/> says that the cursor expired; 410 by default.</summary>
    public Func<Exception, bool> IsCursorExpired { get; init; } = fault => fault is HttpFaultException { Kind: HttpFaultKind.Gone };
}
