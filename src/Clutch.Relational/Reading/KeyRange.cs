using System.Text.Json;
using Clutch.Executions;

namespace Clutch.Relational.Reading;

/// <summary>A part of a table between two keys, as partition data: <c>{"after":{..},"upTo":{..}}</c> with keyset positions or null.</summary>
/// <param name="After">The key before the first row; null from the beginning.</param>
/// <param name="UpTo">The last row's key; null to the end, rows included that are added later.</param>
/// <param name="RowCount">How many rows lay between them when the cut was made.</param>
internal sealed record KeyRange(KeysetPosition? After, KeysetPosition? UpTo, long RowCount)
{
    public string ToData()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("after", After?.ToCheckpoint().Value);
        json.WriteString("upTo", UpTo?.ToCheckpoint().Value);
        json.WriteNumber("rows", RowCount);
        json.WriteEndObject();
        json.Flush();
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <exception cref="FormatException">Another partitioner wrote the data, or the key has other columns now.</exception>
    public static KeyRange From(string data, int keyCount)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            return new(Position("after"), Position("upTo"), json.RootElement.GetProperty("rows").GetInt64());

            KeysetPosition? Position(string name) =>
                json.RootElement.GetProperty(name).GetString() is { } text ? KeysetPosition.From(new Checkpoint(text), keyCount) : null;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"The partition data '{data}' is no key range. Cut the step with KeyRanges, or set WithinPartition to false.", fault);
        }
    }
}
