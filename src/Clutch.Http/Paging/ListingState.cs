using System.Security.Cryptography;
using System.Text;

namespace Clutch.Http.Paging;

/// <summary>How far one range was given to the step.</summary>
internal sealed class RangeState
{
    public string Name { get; set; } = string.Empty;

    /// <summary>The cursor of the page that comes next or is being given; null for the first.</summary>
    public string? Cursor { get; set; }

    /// <summary>Items of that page already given.</summary>
    public int Given { get; set; }

    /// <summary>A hash over the keys of those items: the page may have shifted when it is fetched again.</summary>
    public string? GivenHash { get; set; }

    public bool IsDone { get; set; }

    public int Restarts { get; set; }

    public long? Total { get; set; }

    public RangeState Copy() => (RangeState)MemberwiseClone();
}

/// <summary>The checkpoint of a listing: its ranges and what is known about completeness.</summary>
internal sealed class ListingState
{
    public List<RangeState> Ranges { get; set; } = [];

    public long Pages { get; set; }

    public long Items { get; set; }

    public List<string> Doubts { get; set; } = [];

    public static ListingState Begin(IEnumerable<string> ranges) => new() { Ranges = [.. ranges.Select(name => new RangeState { Name = name })] };

    public long? Total => Ranges.TrueForAll(range => range.Total is not null) ? Ranges.Sum(range => range.Total) : null;

    public void Doubt(string reason)
    {
        // A listing that shifts on every page needs one line, not thousands in the checkpoint.
        if (Doubts.Count < 5 && !Doubts.Contains(reason))
            Doubts.Add(reason);
    }

    public static string HashOf(IEnumerable<string> keys)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in keys)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(key));
            hash.AppendData([0]);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
