using Clutch.Http;

namespace Clutch.Outbox.Receiving;

/// <summary>Work that a request asks for.</summary>
public sealed record OperationRequest
{
    /// <summary>The queue whose handler does it, as named with <c>AddQueue</c>.</summary>
    public required string Queue { get; init; }

    /// <summary>Whose items they are, such as an account; empty by default.</summary>
    public string Group { get; init; } = string.Empty;

    /// <summary>The items that are to be applied.</summary>
    public required IReadOnlyList<OperationItem> Items { get; init; }

    /// <summary>Items that were refused at once; they are told in the 202 and not worked on.</summary>
    public IReadOnlyList<RejectedItem> Rejected { get; init; } = [];
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
