using System.Buffers;
using System.Text;
using System.Text.Json;
using Clutch.Items;

namespace Clutch.Relational.Jobs;

/// <summary>The dead letters of a chunk as one JSON text: one parameter and one statement, however many they are.</summary>
internal static class DeadLetterJson
{
    public static string Write(IReadOnlyList<DeadLetter> letters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        foreach (var letter in letters)
            Write(json, letter);
        json.WriteEndArray();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteStartObject();
        json.WriteNumber("instance_id", letter.InstanceId.Value);
        json.WriteNumber("step_execution_id", letter.StepExecutionId.Value);
        json.WriteString("step_name", letter.StepName);
        json.WriteString("partition_name", letter.Partition);
        json.WriteString("phase", letter.Phase.ToString());
        json.WriteNumber("ordinal", letter.Ordinal);
        json.WriteString("location", Clean(letter.Location));
        json.WriteString("payload", Clean(letter.Payload));
        json.WriteString("failure_type", letter.Failure.Type);
        json.WriteString("failure_message", Clean(letter.Failure.Message));
        json.WriteString("failure_details", Clean(letter.Failure.Details));
        json.WriteNumber("skipped_at_ms", letter.SkippedAt.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    // PostgreSQL refuses NUL in text, and a payload may be raw input.
    private static string? Clean(string? text) => text?.Replace('\0', '\uFFFD');
}
