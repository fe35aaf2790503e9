using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulators.Stock;

internal sealed record SummaryItem(string AccountId, string SkuId, DateTimeOffset UpdatedAt, string Etag);

internal sealed record SummaryPage(IReadOnlyList<SummaryItem> Items, string? NextCursor, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total, DateTimeOffset SnapshotAt);

/// <summary>A part of the listing: SKUs from one id (inclusive) to another (exclusive). Null is the open end.</summary>
internal sealed record KeyRange(string? From, string? To);

internal sealed record KeyRanges(IReadOnlyList<KeyRange> Ranges);

internal sealed record DetailRequest(IReadOnlyList<string> Ids);

/// <summary>An SKU. <c>ServedAt</c> differs in every answer and is no content.</summary>
internal sealed record DetailItem(string Id, string AccountId, string SkuId, DateTimeOffset UpdatedAt, string Etag, DateTimeOffset ServedAt, JsonElement Payload);

internal sealed record DetailError(string Id, Problem Problem);

internal sealed record DetailAnswer(IReadOnlyList<DetailItem> Items, IReadOnlyList<string> NotFound, IReadOnlyList<DetailError> Errors);

/// <summary>The truth of one SKU, for comparison.</summary>
internal sealed record StockTruth(string AccountId, string SkuId, int Revision, DateTimeOffset UpdatedAt, bool Deleted, bool Bad, bool Toggled, string Hash);

internal sealed record StockState(int Generation, int SkuCount, int DeletedCount, int BadCount, long SummaryCallCount, long DetailCallCount, long DetailIdCount);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SummaryPage))]
[JsonSerializable(typeof(KeyRanges))]
[JsonSerializable(typeof(DetailRequest))]
[JsonSerializable(typeof(DetailAnswer))]
[JsonSerializable(typeof(StockTruth))]
[JsonSerializable(typeof(StockState))]
[JsonSerializable(typeof(StockEvent))]
internal sealed partial class StockJson : JsonSerializerContext;
