namespace Clutch.Http.Lookups;

/// <summary>An API that looks up many ids with one call.</summary>
/// <typeparam name="TIn">What is looked up for, such as a line of a summary.</typeparam>
/// <typeparam name="TId">Its id; equality decides.</typeparam>
/// <typeparam name="T">What is found.</typeparam>
public sealed record LookupSource<TIn, TId, T>
    where TId : notnull
{
    /// <summary>Its name in messages and metrics.</summary>
    public required string Name { get; init; }

    /// <summary>The id to look up.</summary>
    public required Func<TIn, TId> IdOf { get; init; }

    /// <summary>The id of something found: answers are matched by it, never by position.</summary>
    public required Func<T, TId> IdOfFound { get; init; }

    /// <summary>Looks up ids, all different; usually a POST with the ids in its body through an <see cref="HttpChannel"/>, which limits and retries it.</summary>
    public required Func<IReadOnlyList<TId>, CancellationToken, ValueTask<LookupAnswer<TId, T>>> Fetch { get; init; }

    /// <summary>Ids per call at the beginning: 1 to 10,000; 200 by default. Halved for good where the server says too many.</summary>
    public int BatchSize { get; init; } = 200;

    /// <summary>Whether what was found is older than what was asked for; it is asked for once more and then taken as stale. Null, the default: never.</summary>
    public Func<TIn, T, bool>? IsStale { get; init; }

    /// <summary>How often in all an id is asked for that answers leave out: 1 to 10; 3 by default.</summary>
    public int AsksPerId { get; init; } = 3;

    /// <summary>Which fault says that a call held too many ids; 413, or 400 whose problem says "too many", by default.</summary>
    public Func<HttpFault, bool> IsTooMany { get; init; } = fault =>
        fault.Kind == HttpFaultKind.TooLarge
        || (fault is { Kind: HttpFaultKind.Permanent, Problem: { } problem } && (problem.Type.Contains("too-many", StringComparison.OrdinalIgnoreCase) || problem.ToString().Contains("too many", StringComparison.OrdinalIgnoreCase)));
}
