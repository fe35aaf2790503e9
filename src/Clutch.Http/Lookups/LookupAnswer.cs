namespace Clutch.Http.Lookups;

/// <summary>An id that the server could not look up.</summary>
/// <param name="Id">The id.</param>
/// <param name="Problem">Why; where it says retryable, the item counts as a transient fault.</param>
public sealed record LookupError<TId>(TId Id, HttpProblem Problem);

/// <summary>The answer to one bulk look-up: every requested id is in exactly one of the three.</summary>
/// <param name="Items">What was found, in any order.</param>
/// <param name="NotFound">Ids that do not exist.</param>
/// <param name="Errors">Ids that failed.</param>
public sealed record LookupAnswer<TId, T>(IReadOnlyList<T> Items, IReadOnlyList<TId> NotFound, IReadOnlyList<LookupError<TId>> Errors);

/// <summary>What became of one id.</summary>
public enum LookupStatus
{
    /// <summary>It was found.</summary>
    Found,

    /// <summary>It was found, and was still older than what was asked for when asked again.</summary>
    Stale,

    /// <summary>It does not exist.</summary>
    NotFound,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>The result for one id.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Item">What was found; the default where nothing was.</param>
/// <param name="Fault">Why it failed; null otherwise.</param>
public readonly record struct LookupResult<T>(LookupStatus Status, T? Item = default, Exception? Fault = null);

/// <summary>One id failed while the call went through.</summary>
/// <param name="problem">What the server says about it.</param>
/// <param name="message">What happened, as a sentence.</param>
public sealed class LookupItemException(HttpProblem problem, string message) : Exception(message), Items.IClassifiedFault
{
    /// <summary>What the server says about the item.</summary>
    public HttpProblem Problem { get; } = problem;

    /// <summary>Whether the server says that asking again may help.</summary>
    public bool IsTransient => Problem.IsRetryable == true;
}
