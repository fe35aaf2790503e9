using System.Text.Json.Serialization;

namespace Clutch.Outbox.Storage;

/// <summary>Lists as parameters that both databases read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<HeldLease>))]
[JsonSerializable(typeof(IReadOnlyList<NextQuestion>))]
[JsonSerializable(typeof(IReadOnlyList<SettledItem>))]
[JsonSerializable(typeof(Administration.MessageFilter))]
internal sealed partial class OutboxJson : JsonSerializerContext;

/// <summary>A submission with the fence under which it is held.</summary>
internal sealed record HeldLease(long Id, long Fence);

/// <summary>When an operation is asked for next.</summary>
/// <param name="Id">Its submission.</param>
/// <param name="Fence">Under which it is held.</param>
/// <param name="DueMs">In how many milliseconds.</param>
/// <param name="Polls">1 where it has just been asked for, 0 where it was let go unasked.</param>
internal sealed record NextQuestion(long Id, long Fence, long DueMs, int Polls = 1);

/// <summary>What becomes of one member.</summary>
internal sealed record SettledItem(long Id, int Status, int? FailureKind, string? ProblemType, string? ProblemDetail, long DueMs);
