using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Clutch.Files.Reading;

/// <summary>One JSON value a line.</summary>
internal sealed class JsonLinesFormat<T>(JsonTypeInfo<T> typeInfo) : IRecordFormat<T>
{
    public RecordSplitter Splitter { get; } = new LineSplitter();

    public bool HasHeader => false;

    public void StartFile(string fileName, RawRecord? header)
    {
    }

    public T Map(in RawRecord record)
    {
        try
        {
            return JsonSerializer.Deserialize(record.Bytes.AsSpan(), typeInfo) ?? throw NotAValue(record, "It is null", inner: null);
        }
        catch (JsonException fault)
        {
            throw NotAValue(record, fault.Message.TrimEnd('.'), fault);
        }
    }

    private static FileRecordException NotAValue(in RawRecord record, string reason, Exception? inner) => new(
        $"{record.FileName}:{record.LineNumber} is not a JSON value of the type {typeof(T).Name}. {reason}. Correct the file, or let the step skip such records.",
        record.FileName,
        record.LineNumber,
        inner)
    {
        ExpectedType = typeof(T),
    };
}
