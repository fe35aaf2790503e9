using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Clutch.Executions;

namespace Clutch.Relational.Reading;

/// <summary>The place after a row: how many rows came before, and the row's key. As checkpoint: <c>{"rows":2,"key":[{"text":"DE"},{"int":17}]}</c>.</summary>
/// <param name="Rows">Rows read so far, over all executions.</param>
/// <param name="Key">The last row's key, with its types.</param>
internal sealed record KeysetPosition(long Rows, IReadOnlyList<object> Key)
{
    public Checkpoint ToCheckpoint()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("rows", Rows);
        json.WriteStartArray("key");
        foreach (var value in Key)
        {
            json.WriteStartObject();
            Write(json, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return new(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <exception cref="FormatException">Another reader wrote the checkpoint, or the key has other columns now.</exception>
    public static KeysetPosition From(Checkpoint checkpoint, int keyCount)
    {
        try
        {
            using var document = JsonDocument.Parse(checkpoint.Value);
            var key = document.RootElement.GetProperty("key").EnumerateArray().Select(value => Read(value.EnumerateObject().Single())).ToArray();
            return key.Length == keyCount ? new(document.RootElement.GetProperty("rows").GetInt64(), key) : throw Unreadable(checkpoint, inner: null);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Unreadable(checkpoint, fault);
        }
    }

    private static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case short or int or long: json.WriteNumber("int", Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case string text: json.WriteString("text", text); break;
            case Guid guid: json.WriteString("guid", guid); break;
            case decimal number: json.WriteString("decimal", number.ToString(CultureInfo.InvariantCulture)); break;
            case double number: json.WriteString("double", number.ToString("R", CultureInfo.InvariantCulture)); break;
            case float number: json.WriteString("float", number.ToString("R", CultureInfo.InvariantCulture)); break;
            case bool truth: json.WriteBoolean("bool", truth); break;
            case DateTime time: json.WriteString("time", time.ToString("O", CultureInfo.InvariantCulture)); break;
            case DateTimeOffset instant: json.WriteString("instant", instant.ToString("O", CultureInfo.InvariantCulture)); break;
            case DateOnly date: json.WriteString("date", date.ToString("O", CultureInfo.InvariantCulture)); break;
            case TimeOnly time: json.WriteString("clock", time.ToString("O", CultureInfo.InvariantCulture)); break;
            case byte[] bytes: json.WriteBase64String("bytes", bytes); break;
            default: throw new NotSupportedException($"A keyset reader cannot go on after a key of type '{value.GetType()}'. Use a key of numbers, text, GUIDs, dates or bytes, never null.");
        }
    }

    private static object Read(JsonProperty value) => value.Name switch
    {
        "int" => value.Value.GetInt64(),
        "text" => value.Value.GetString()!,
        "guid" => value.Value.GetGuid(),
        "decimal" => decimal.Parse(value.Value.GetString()!, CultureInfo.InvariantCulture),
        "double" => double.Parse(value.Value.GetString()!, CultureInfo.InvariantCulture),
        "float" => float.Parse(value.Value.GetString()!, CultureInfo.InvariantCulture),
        "bool" => value.Value.GetBoolean(),
        "time" => DateTime.ParseExact(value.Value.GetString()!, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "instant" => DateTimeOffset.ParseExact(value.Value.GetString()!, "O", CultureInfo.InvariantCulture),
        "date" => DateOnly.ParseExact(value.Value.GetString()!, "O", CultureInfo.InvariantCulture),
        "clock" => TimeOnly.ParseExact(value.Value.GetString()!, "O", CultureInfo.InvariantCulture),
        "bytes" => value.Value.GetBytesFromBase64(),
        _ => throw new FormatException($"Unknown type '{value.Name}'."),
    };

    private static FormatException Unreadable(Checkpoint checkpoint, Exception? inner) => new(
        $"The checkpoint '{checkpoint.Value}' was not written by this keyset reader. " +
        "The step was changed since the execution that left it: abandon that execution and launch a new job instance, or restore the step.",
        inner);
}
