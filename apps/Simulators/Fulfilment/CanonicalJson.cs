using System.Security.Cryptography;
using System.Text.Json;

namespace Simulators.Fulfilment;

/// <summary>One form of JSON for one content: keys sorted, no blanks, numbers as whole numbers or plain decimals. So that the hash of what arrived can be compared with the source.</summary>
internal static class CanonicalJson
{
    public static string HashOf(JsonElement element)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, element);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void Write(Utf8JsonWriter json, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    Write(json, item);
                json.WriteEndArray();
                break;
            case JsonValueKind.String: json.WriteStringValue(element.GetString()); break;
            case JsonValueKind.Number when element.TryGetInt64(out var whole): json.WriteNumberValue(whole); break;
            case JsonValueKind.Number when element.TryGetDecimal(out var number): json.WriteNumberValue(number / 1.0000000000000000000000000000m); break;
            default: element.WriteTo(json); break;
        }
    }
}
