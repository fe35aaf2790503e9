namespace CalendarSync.Api;

/// <summary>One page of a list.</summary>
/// <param name="Items">What is on it, by id.</param>
/// <param name="Next">What to give as <c>after</c> for the next page, or null on the last.</param>
internal sealed record PageOf<T>(IReadOnlyList<T> Items, long? Next);

/// <summary>Cuts pages.</summary>
internal static class Paging
{
    /// <summary>The most items of a page, and how many it has when nobody says.</summary>
    public const int Most = 200;

    /// <summary>How many to read for a page of this size: one more tells whether there is a next one.</summary>
    public static int CountFor(int? limit) => SizeOf(limit) + 1;

    /// <summary>A page of what was read with <see cref="CountFor"/>.</summary>
    public static PageOf<TView> Of<T, TView>(IReadOnlyList<T> read, int? limit, Func<T, TView> view, Func<T, long> id)
    {
        var size = SizeOf(limit);
        return new([.. read.Take(size).Select(view)], read.Count > size ? id(read[size - 1]) : null);
    }

    private static int SizeOf(int? limit) => Math.Clamp(limit ?? Most, 1, Most);
}
