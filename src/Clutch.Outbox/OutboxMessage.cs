namespace Clutch.Outbox;

/// <summary>One intent to send: the whole state of one version of one key, stored in the transaction that made the change.</summary>
public sealed record OutboxMessage
{
    /// <summary>The channel that sends it, as named with <c>AddChannel</c>.</summary>
    public required string Channel { get; init; }

    /// <summary>Whose message it is, such as an account: a request never mixes groups, and groups take turns. Empty by default: one group.</summary>
    public string Group { get; init; } = string.Empty;

    /// <summary>What it is about, such as a SKU; unique within its group.</summary>
    public required string Key { get; init; }

    /// <summary>The version of the key, from 1, one higher with each change; assigned under the lock of the row it describes. A second message of the same version is ignored.</summary>
    public required long Version { get; init; }

    /// <summary>What is to be done, such as <c>UPSERT</c> or <c>DELETE</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The payload as the target will get it, a full snapshot and not a reference; kept byte for byte.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Not sent before this instant; null for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Takes part in no new submission after this instant: it fails as <c>Expired</c>. Null for never.</summary>
    /// <remarks>A submission is never regrouped: one that was formed in time is sent until its outcome is known, also after this instant, as where a target refuses it for an hour (429).</remarks>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the span that made it, to link to; null for the current activity's, if there is one.</summary>
    public string? TraceParent { get; init; }
}
