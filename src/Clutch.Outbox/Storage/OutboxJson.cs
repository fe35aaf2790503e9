using System.Text.Json.Serialization;

namespace Clutch.Outbox.Storage;

/// <summary>Lists as parameters that both databases read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<HeldLease>))]
[JsonSerializable(typeof(IReadOnlyList<NextQuestion>))]
[JsonSerializable(typeof(IReadOnlyList<SettledItem>))]
internal sealed partial class OutboxJson : JsonSerializerContext;

/// <summary>A submission with the fence under which it is held.</summary>
internal sealed record HeldLease(long Id, long Fence);

/// <summary>When an operation is asked for next.</summary>
internal sealed record NextQuestion(long Id, long Fence, long DueMs);

/// <summary>What becomes of one member.</summary>
internal sealed record SettledItem(long Id, int Status, int? FailureKind, string? ProblemType, string? ProblemDetail, long DueMs);
