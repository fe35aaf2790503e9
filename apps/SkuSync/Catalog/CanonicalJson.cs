using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace SkuSync.Catalog;

/// <summary>JSON in one form for equal content: members sorted, numbers normal, no white space, ignored members left out.</summary>
/// <remarks>
/// Close to RFC 8785, whose number format is that of a double; here a number keeps all its digits, so that prices beyond 2^53 stay apart: <c>1.0</c>, <c>1</c> and <c>10e-1</c> are the same, <c>0.1</c> and
/// <c>0.10000000000000001</c> are not. A member that occurs twice counts with its last value, as most parsers have it.
/// </remarks>
internal sealed class CanonicalJson(IReadOnlySet<string> ignoredMembers)
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the canonical form of a whole object; ignored are members of its top level.</summary>
    public void Write(JsonElement value, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Options);
        Write(value, json, isTop: true);
    }

    private void Write(JsonElement value, Utf8JsonWriter json, bool isTop)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, json, isTop);
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var element in value.EnumerateArray())
                    Write(element, json, isTop: false);
                json.WriteEndArray();
                break;
            case JsonValueKind.Number:
                json.WriteRawValue(NormalNumber.Of(value.GetRawText()), skipInputValidation: true);
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private void WriteObject(JsonElement value, Utf8JsonWriter json, bool isTop)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!isTop || !ignoredMembers.Contains(member.Name))
                members[member.Name] = member.Value;
        }

        json.WriteStartObject();
        foreach (var (name, element) in members)
        {
            json.WritePropertyName(name);
            Write(element, json, isTop: false);
        }

        json.WriteEndObject();
    }

    /// <summary>Numbers in one form: digits without zeros at either end, and an exponent.</summary>
    private static class NormalNumber
    {
        public static string Of(string text)
        {
            var mantissa = text.AsSpan();
            var exponent = 0L;
            if (mantissa.IndexOfAny('e', 'E') is >= 0 and var e)
            {
                exponent = long.Parse(mantissa[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                mantissa = mantissa[..e];
            }

            var isNegative = mantissa[0] == '-';
            var digits = (isNegative ? mantissa[1..] : mantissa).ToString();
            if (digits.IndexOf('.', StringComparison.Ordinal) is >= 0 and var point)
            {
                exponent -= digits.Length - point - 1;
                digits = digits.Remove(point, 1);
            }

            var significant = digits.TrimEnd('0');
            exponent += digits.Length - significant.Length;
            significant = significant.TrimStart('0');
            return significant.Length == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{(isNegative ? "-" : string.Empty)}{significant}e{exponent}");
        }
    }
}
