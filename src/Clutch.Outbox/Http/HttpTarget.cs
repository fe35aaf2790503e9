using System.Text.Json;
using Clutch.Http;
using Clutch.Outbox.Submitting;

namespace Clutch.Outbox.Http;

/// <summary>A target behind HTTP: where it takes submissions, and where it tells what became of them. The defaults are the contract of docs/guides/receiving.md.</summary>
public sealed record HttpTarget
{
    /// <summary>The way to the target. The relay keeps the retries, so only the channel's limits, circuit and time-out count for submissions.</summary>
    public required HttpChannel Channel { get; init; }

    /// <summary>Where submissions are posted, relative to the channel's base address or absolute.</summary>
    public required string SubmitPath { get; init; }

    /// <summary>Where one operation is asked for and cancelled, <c>{id}</c> standing for the correlation id; <c>operations/{id}</c> by default. A status URL that the target gives on its own server goes before it.</summary>
    public string StatusPath { get; init; } = "operations/{id}";

    /// <summary>Where many operations are asked for with one call, or null where the target cannot; <c>operations:batchGet</c> by default.</summary>
    public string? BatchStatusPath { get; init; } = "operations:batchGet";

    /// <summary>Operations per such call: 1 to 1,000, 100 by default.</summary>
    public int StatusBatchSize { get; init; } = 100;

    /// <summary>Makes the body of a submission: the same bytes each time for the same submission. <see cref="JsonBody"/> with its own names by default.</summary>
    /// <remarks>Where it throws, the submission is halved until the message that it cannot take is alone, which fails for good.</remarks>
    public Func<Submission, ReadOnlyMemory<byte>> Body { get; init; } = JsonBody();

    /// <summary>Further headers of each submission; none by default.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>A body such as <c>{"group":"g","items":[{"itemId":"1","key":"k","version":2,"op":"UPSERT","payload":{}}]}</c>, under names of your own.</summary>
    /// <param name="group">The name of the group, such as <c>accountId</c>.</param>
    /// <param name="key">The name of the key, such as <c>skuId</c>.</param>
    /// <remarks>A message's body must be JSON; an empty one becomes null.</remarks>
    public static Func<Submission, ReadOnlyMemory<byte>> JsonBody(string group = "group", string key = "key") => submission =>
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256 + submission.Items.Sum(static item => item.Body.Length + 192));
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString(group, submission.Group);
        json.WriteStartArray("items");
        foreach (var item in submission.Items)
            WriteItem(json, item, key);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    };

    private static void WriteItem(Utf8JsonWriter json, SubmissionItem item, string key)
    {
        json.WriteStartObject();
        json.WriteString("itemId", item.ItemId);
        json.WriteString(key, item.Key);
        json.WriteNumber("version", item.Version);
        json.WriteString("op", item.Type);
        json.WritePropertyName("payload");
        if (item.Body.IsEmpty)
            json.WriteNullValue();
        else
            json.WriteRawValue(item.Body.Span);
        json.WriteEndObject();
    }
}
