namespace Simulators.Fulfilment;

/// <summary>A batch that passed validation, with the key it was sent under.</summary>
internal sealed record Submission(string IdempotencyKey, string Fingerprint, string AccountId, IReadOnlyList<SubmittedItem> Items, IReadOnlyList<RejectedItem> Rejected);

internal sealed record SubmittedItem(int Position, string ItemId, string SkuId, long Version, string Op, string? Payload, string? Hash, bool IsBad);

/// <summary>Consecutive items of one operation: what a worker takes and applies in one transaction.</summary>
internal sealed record Slice(string OperationId, string AccountId, IReadOnlyList<SubmittedItem> Items);

/// <summary>What becomes of an operation, decided when it is accepted.</summary>
internal enum OperationFate
{
    Normal,

    /// <summary>It is applied, and then nobody knows of it.</summary>
    ForgottenAfter,

    /// <summary>It is never applied, and nobody knows of it.</summary>
    ForgottenBefore,

    /// <summary>It never ends, until it is submitted again.</summary>
    Endless,
}

internal enum AcceptKind
{
    New,

    /// <summary>The key is known, and so is the body: the same operation again.</summary>
    Known,

    /// <summary>The key is known with another body.</summary>
    KeyReused,
}

/// <summary>How a submission was accepted, and the items that wait because of it.</summary>
internal sealed record AcceptResult(AcceptKind Kind, string OperationId, IReadOnlyList<SubmittedItem> Waiting);
