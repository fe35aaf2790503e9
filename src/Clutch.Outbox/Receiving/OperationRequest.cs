using Clutch.Executions;
using Clutch.Http;

namespace Clutch.Outbox.Receiving;

/// <summary>Work that a request asks for.</summary>
public sealed record OperationRequest
{
    private const int MaxNameLength = 100;

    /// <summary>The queue whose handler does it, as named with <c>AddQueue</c>.</summary>
    public required string Queue { get; init; }

    /// <summary>Whose items they are, such as an account; empty by default.</summary>
    public string Group { get; init; } = string.Empty;

    /// <summary>The items that are to be applied.</summary>
    public required IReadOnlyList<OperationItem> Items { get; init; }

    /// <summary>Items that were refused at once; they are told in the 202 and not worked on.</summary>
    public IReadOnlyList<RejectedItem> Rejected { get; init; } = [];

    /// <summary>Why it cannot be stored as it is, or null: PostgreSQL refuses NUL in a text.</summary>
    internal string? FindUnstorable()
    {
        if (HasNul(Group))
            return "The group of the items contains NUL.";
        var item = Items.FirstOrDefault(static item => HasNul(item.ItemId) || HasNul(item.Key) || HasNul(item.Type));
        return item is null ? null : $"Item '{CleanText.Of(item.ItemId, MaxNameLength)}' contains NUL in its id, key or type.";
    }

    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);
}

/// <summary>One item of an operation.</summary>
/// <param name="ItemId">The caller's name for it within the request.</param>
/// <param name="Key">What it is about, such as a SKU.</param>
/// <param name="Version">The version of the key.</param>
/// <param name="Type">What is to be done, such as <c>UPSERT</c>.</param>
/// <param name="Body">The payload, kept byte for byte.</param>
public sealed record OperationItem(string ItemId, string Key, long Version, string Type, ReadOnlyMemory<byte> Body);

/// <summary>An item that was refused at once.</summary>
/// <param name="ItemId">The caller's name for it.</param>
/// <param name="Problem">Why.</param>
public sealed record RejectedItem(string ItemId, HttpProblem Problem);
