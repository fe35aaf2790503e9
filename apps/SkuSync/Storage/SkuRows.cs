using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SkuSync.Catalog;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>A chunk of SKUs as the one JSON parameter that every statement takes apart: an array of objects with members of one letter.</summary>
internal static class SkuRows
{
    // A payload is JSON inside of JSON: a quote in it takes two characters, not the six that a page of HTML would need.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IEnumerable<SkuKey> keys) => Write(json =>
    {
        foreach (var key in keys)
        {
            json.WriteStartObject();
            WriteKey(json, key);
            json.WriteEndObject();
        }
    });

    public static string Of(IEnumerable<SkuObservation.Fetched> skus) => Write(json =>
    {
        foreach (var sku in skus)
        {
            json.WriteStartObject();
            WriteKey(json, sku.Key);
            json.WriteString("p", sku.Payload);
            json.WriteString("h", sku.ContentHash);
            WriteStamp(json, sku.Stamp, sku.UpdatedAt);
            json.WriteEndObject();
        }
    });

    public static string Of(IEnumerable<SkuGap> gaps) => Write(json =>
    {
        foreach (var gap in gaps)
        {
            json.WriteStartObject();
            WriteKey(json, gap.Listed.Key);
            WriteStamp(json, gap.Listed.Stamp, gap.Listed.UpdatedAt);
            json.WriteString("r", gap.Reason.ToString());
            json.WriteString("m", gap.Problem);
            json.WriteEndObject();
        }
    });

    public static string Of(IEnumerable<(VersionedSku Sku, string ContentHash)> hashes) => Write(json =>
    {
        foreach (var (sku, hash) in hashes)
        {
            json.WriteStartObject();
            WriteKey(json, sku.Key);
            json.WriteNumber("v", sku.Version);
            json.WriteString("h", hash);
            json.WriteEndObject();
        }
    });

    public static string Of(IEnumerable<Drift> drifts) => Write(json =>
    {
        foreach (var drift in drifts)
        {
            json.WriteStartObject();
            WriteKey(json, drift.Stored.Key);
            json.WriteNumber("v", drift.Stored.Version);
            json.WriteNumber("o", drift.TargetVersion);
            json.WriteEndObject();
        }
    });

    private static string Write(Action<Utf8JsonWriter> rows)
    {
        var buffer = new ArrayBufferWriter<byte>(32 * 1024);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartArray();
            rows(json);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteStamp(Utf8JsonWriter json, string? stamp, DateTimeOffset? updatedAt)
    {
        json.WriteString("t", stamp);
        if (updatedAt is { } instant)
            json.WriteNumber("u", instant.ToUnixTimeMilliseconds());
        else
            json.WriteNull("u");
    }

    private static void WriteKey(Utf8JsonWriter json, SkuKey key)
    {
        json.WriteString("a", key.AccountId);
        json.WriteString("s", key.SkuId);
    }
}
