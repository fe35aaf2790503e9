using System.Buffers;
using System.Text;
using System.Text.Json;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>Partitions as one JSON text: one parameter and one statement, however many they are.</summary>
internal static class PartitionJson
{
    public static string Write(IReadOnlyList<PlannedPartition> partitions)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        foreach (var partition in partitions)
        {
            json.WriteStartObject();
            json.WriteString("name", partition.Name);
            json.WriteString("data", partition.Data);
            json.WriteNumber("start_count", partition.StartCount);
            json.WriteBoolean("has_checkpoint", partition.Checkpoint is not null);
            json.WriteString("checkpoint_in", partition.Checkpoint?.Input?.Value);
            json.WriteString("checkpoint_out", partition.Checkpoint?.Output?.Value);
            json.WriteString("context", partition.Context);
            json.WriteString("node", partition.LastNode);
            json.WriteBoolean("is_interrupted", partition.IsInterrupted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
