namespace Clutch.Outbox.Operations;

/// <summary>Where to ask for an operation; stored with the submission, so any process can ask.</summary>
/// <param name="CorrelationId">The target's name for it, at most 200 characters.</param>
/// <param name="StatusUrl">Where its status is, absolute or relative to the target; null where the id is enough.</param>
public sealed record OperationHandle(string CorrelationId, string? StatusUrl = null);
