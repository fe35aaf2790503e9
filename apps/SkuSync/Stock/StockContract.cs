using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Http;

namespace SkuSync.Stock;

/// <summary>One page of <c>GET skus/summary</c>.</summary>
internal sealed record SummaryPage
{
    public required IReadOnlyList<SummaryItem> Items { get; init; }

    public string? NextCursor { get; init; }

    public long? Total { get; init; }
}

/// <summary>A SKU in the summary: at least one of the three last members tells whether it changed.</summary>
internal sealed record SummaryItem
{
    public required string AccountId { get; init; }

    public required string SkuId { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    public string? Etag { get; init; }

    public string? Hash { get; init; }
}

/// <summary>The answer of <c>GET skus/summary/ranges</c>: cuts of the listing that hold about equally many SKUs.</summary>
internal sealed record SummaryRanges
{
    public required IReadOnlyList<SummaryRange> Ranges { get; init; }
}

/// <summary>A part of the listing, from one id (inclusive) to another (exclusive); null is the open end.</summary>
internal sealed record SummaryRange(string? From, string? To);

/// <summary>The body of <c>POST skus/details:batchGet</c>.</summary>
internal sealed record DetailRequest(IReadOnlyList<string> Ids);

/// <summary>Its answer: every requested id is in exactly one of the three.</summary>
internal sealed record DetailAnswer
{
    public IReadOnlyList<DetailItem> Items { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> NotFound { get; init => field = value ?? []; } = [];

    public IReadOnlyList<DetailError> Errors { get; init => field = value ?? []; } = [];
}

/// <summary>A SKU's data; <see cref="Payload"/> is the content, the rest describes it.</summary>
internal sealed record DetailItem
{
    public required string AccountId { get; init; }

    public required string SkuId { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    public string? Etag { get; init; }

    public string? Hash { get; init; }

    public required JsonElement Payload { get; init; }
}

internal sealed record DetailError(string Id, HttpProblem Problem);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SummaryPage))]
[JsonSerializable(typeof(SummaryRanges))]
[JsonSerializable(typeof(DetailRequest))]
[JsonSerializable(typeof(DetailAnswer))]
internal sealed partial class StockJson : JsonSerializerContext;
