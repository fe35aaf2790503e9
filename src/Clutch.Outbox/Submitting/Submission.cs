namespace Clutch.Outbox.Submitting;

/// <summary>One request to the target: its members and its key were stored before it is sent, and never change.</summary>
public sealed record Submission
{
    /// <summary>Its number in the outbox.</summary>
    public required long Id { get; init; }

    /// <summary>The idempotency key: a UUID, the same each time this submission is sent.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>The group all items belong to, such as an account.</summary>
    public required string Group { get; init; }

    /// <summary>How often it has been sent, this time included, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>What it carries, in the order of <see cref="SubmissionItem.MessageId"/>.</summary>
    public required IReadOnlyList<SubmissionItem> Items { get; init; }
}

/// <summary>One message within a submission.</summary>
public sealed record SubmissionItem
{
    /// <summary>The message's number in the outbox.</summary>
    public required long MessageId { get; init; }

    /// <summary>The same as text: the item's name in requests and answers.</summary>
    public string ItemId => MessageId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The key, such as a SKU.</summary>
    public required string Key { get; init; }

    /// <summary>The version of the key.</summary>
    public required long Version { get; init; }

    /// <summary>What is to be done, such as <c>UPSERT</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The payload as it was enqueued.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the span that made it, or null.</summary>
    public string? TraceParent { get; init; }
}
