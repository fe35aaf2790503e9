using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Executions;

namespace Clutch.Http.Paging;

/// <summary>What can be said about a listing's completeness. Only a complete listing may be the reason to delete what it did not name.</summary>
public sealed record ListingProof
{
    /// <summary>Whether the last page of every range was read.</summary>
    public bool IsEnded { get; init; }

    /// <summary>Pages read, over all executions of the job instance.</summary>
    public long Pages { get; init; }

    /// <summary>Items read, repeats included.</summary>
    public long Items { get; init; }

    /// <summary>How many different keys were read; null where nobody can tell: after a restart, or without <see cref="PagedSource{T}.CountsDistinct"/>.</summary>
    public long? Distinct { get; init; }

    /// <summary>How many items the server says there are; null where it does not.</summary>
    public long? Total { get; init; }

    /// <summary>Why the listing cannot be trusted to be whole, such as an expired cursor or a total that changed; empty where nothing speaks against it.</summary>
    public IReadOnlyList<string> Doubts { get; init; } = [];

    /// <summary>Whether every page was read, nothing shifted, and the server's total equals the number of different keys.</summary>
    [JsonIgnore]
    public bool IsComplete => FindGap() is null;

    /// <summary>Why the listing does not count as complete, or null where it does.</summary>
    public string? FindGap()
    {
        if (!IsEnded)
            return "The listing was not read to its end.";
        if (Doubts.Count > 0)
            return Doubts[0];
        if (Total is null)
            return "The server gave no total to compare with.";
        if (Distinct is null)
            return "The listing was resumed, so its different keys must be counted where they were stored: call WithDistinct.";
        return Total == Distinct ? null : $"The server said {Total} items and listed {Distinct} different ones.";
    }

    /// <summary>The proof with the number of different keys counted elsewhere, such as rows of the interface table that this run has seen.</summary>
    public ListingProof WithDistinct(long count) => this with { Distinct = count };

    /// <summary>The proof that a <see cref="PagedReader{T}"/> left in the job's state, or null where it has not begun.</summary>
    /// <param name="jobState">The state of the job, <see cref="StepContext.JobState"/>.</param>
    /// <param name="source">The listing's <see cref="PagedSource{T}.Name"/>.</param>
    public static ListingProof? Find(ContextValues jobState, string source)
    {
        ArgumentNullException.ThrowIfNull(jobState);
        var json = jobState.Get(NameOf(source), string.Empty);
        return json.Length == 0 ? null : JsonSerializer.Deserialize(json, HttpJson.Default.ListingProof);
    }

    internal void Keep(ContextValues state, string source) => state.Set(NameOf(source), JsonSerializer.Serialize(this, HttpJson.Default.ListingProof));

    private static string NameOf(string source) => $"listing:{source}";
}
