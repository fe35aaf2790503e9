using System.Text.Json.Serialization;
using Clutch.Http;

namespace Clutch.Outbox.Http;

/// <summary>The answer to a submission: 202.</summary>
internal sealed record AcceptedBody
{
    public string? CorrelationId { get; init; }

    public string? StatusUrl { get; init; }

    public int? AcceptedCount { get; init; }

    public IReadOnlyList<ItemBody>? Rejected { get; init; }

    /// <summary>Seconds until the operation should be asked for. It has fractions, unlike the header (RFC 9110, section 10.2.3), which rounds half a second up to a whole one.</summary>
    public double? RetryAfter { get; init; }
}

/// <summary>The answer to a submission that was worked off at once: 200 or 207.</summary>
internal sealed record CompletedBody
{
    public IReadOnlyList<ItemBody>? Items { get; init; }

    /// <summary>Some targets call them so.</summary>
    public IReadOnlyList<ItemBody>? Results { get; init; }
}

/// <summary>One item's result.</summary>
internal sealed record ItemBody
{
    public string? ItemId { get; init; }

    public string? Outcome { get; init; }

    public bool? Retryable { get; init; }

    public HttpProblem? Problem { get; init; }
}

/// <summary>How many items ended how.</summary>
internal sealed record CountsBody
{
    public int Total { get; init; }

    public int Done { get; init; }

    public int Failed { get; init; }
}

/// <summary>An operation's status.</summary>
internal sealed record OperationBody
{
    public string? Id { get; init; }

    public string? Status { get; init; }

    public bool Done { get; init; }

    public CountsBody? Counts { get; init; }

    public IReadOnlyList<ItemBody>? Items { get; init; }

    /// <summary>Where the next page of items begins: the value of <c>after</c>; absent on the last page.</summary>
    public string? NextItem { get; init; }

    public HttpProblem? Problem { get; init; }

    public bool? Retryable { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Seconds until the operation should be asked for again: finer than the header, and one for each where many are answered at once.</summary>
    public double? RetryAfter { get; init; }
}

/// <summary>Asks for many operations.</summary>
internal sealed record BatchGetBody
{
    public IReadOnlyList<string> Ids { get; init; } = [];
}

/// <summary>The statuses of many operations.</summary>
internal sealed record OperationsBody
{
    public IReadOnlyList<OperationBody>? Operations { get; init; }

    public IReadOnlyList<string>? NotFound { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcceptedBody))]
[JsonSerializable(typeof(CompletedBody))]
[JsonSerializable(typeof(OperationBody))]
[JsonSerializable(typeof(BatchGetBody))]
[JsonSerializable(typeof(OperationsBody))]
[JsonSerializable(typeof(ItemBody[]))]
[JsonSerializable(typeof(HttpProblem))]
internal sealed partial class OperationJson : JsonSerializerContext;
