using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulators.Fulfilment;

internal sealed record UpdateBatch(string? AccountId, IReadOnlyList<UpdateItem>? Items);

/// <summary>One update: <c>op</c> is UPSERT or DELETE, and only an UPSERT has a payload.</summary>
internal sealed record UpdateItem(string? ItemId, string? SkuId, long Version, string? Op, JsonElement? Payload);

internal sealed record RejectedItem(string ItemId, Problem Problem);

/// <summary>The operation, and in how many seconds it should be asked for: finer than Retry-After, which has whole ones.</summary>
internal sealed record AcceptedAnswer(string CorrelationId, string StatusUrl, int AcceptedCount, IReadOnlyList<RejectedItem> Rejected, double RetryAfter);

/// <summary>What became of one item: Applied, AlreadyApplied, Superseded or Failed; null while it waits.</summary>
internal sealed record ItemOutcome(string ItemId, string? Outcome, Problem? Problem, bool Retryable);

internal sealed record OutcomeCounts(int Total, int Applied, int AlreadyApplied, int Superseded, int Failed, int Waiting);

internal sealed record OperationView(string Id, string Status, bool Done, OutcomeCounts Counts, IReadOnlyList<ItemOutcome>? Items, string? NextItem, DateTimeOffset ExpiresAt)
{
    /// <summary>In how many seconds it should be asked for again, or null when it is done.</summary>
    public double? RetryAfter { get; init; }
}

/// <summary>The results of a submission that was answered at once.</summary>
internal sealed record SynchronousAnswer(string CorrelationId, IReadOnlyList<ItemOutcome> Results);

internal sealed record OperationsRequest(IReadOnlyList<string>? Ids);

internal sealed record OperationsAnswer(IReadOnlyList<OperationView> Operations, IReadOnlyList<string> NotFound);

/// <summary>Changes the target behind everybody's back: the row vanishes, or its content does. The ledger does not show it.</summary>
internal sealed record TamperOrder(string AccountId, string SkuId, bool Forget, JsonElement? Payload);

/// <summary>One effect on the target. Effects are only ever appended.</summary>
internal sealed record LedgerEntry(long Sequence, string AccountId, string SkuId, long Version, string Op, string? Hash, string OperationId, string ItemId, DateTimeOffset AppliedAt);

internal sealed record LedgerPage(IReadOnlyList<LedgerEntry> Entries, long? Next);

internal sealed record TargetRow(string AccountId, string SkuId, long Version, bool Deleted, string? Hash);

/// <summary>An accepted operation as the books show it.</summary>
internal sealed record OperationRow(string Id, string IdempotencyKey, string Status, string Fate, int ItemCount, int SubmitCount, DateTimeOffset AcceptedAt);

/// <summary>What the fulfilment API counted since its data folder was made.</summary>
internal sealed record FulfilmentCounts(
    int OperationCount, int KeyCount, int WaitingItemCount, int EffectCount, int TargetCount, int LivingTargetCount, int DuplicateSubmitCount, int KeyReusedCount, int ForgottenCount, int EndlessCount,
    long SubmitCallCount, long StatusCallCount);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UpdateBatch))]
[JsonSerializable(typeof(AcceptedAnswer))]
[JsonSerializable(typeof(OperationView))]
[JsonSerializable(typeof(SynchronousAnswer))]
[JsonSerializable(typeof(OperationsRequest))]
[JsonSerializable(typeof(OperationsAnswer))]
[JsonSerializable(typeof(LedgerPage))]
[JsonSerializable(typeof(TargetRow))]
[JsonSerializable(typeof(OperationRow))]
[JsonSerializable(typeof(FulfilmentCounts))]
[JsonSerializable(typeof(ItemOutcome))]
[JsonSerializable(typeof(TamperOrder))]
internal sealed partial class FulfilmentJson : JsonSerializerContext;
