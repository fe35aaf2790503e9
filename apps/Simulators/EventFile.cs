using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Simulators;

/// <summary>Events as lines of JSON, appended. What <see cref="Append"/> returned from survives the end of the process; it does not promise to survive a power cut.</summary>
internal sealed class EventFile<T> : IDisposable
{
    private readonly FileStream _file;
    private readonly JsonTypeInfo<T> _type;
    private readonly Lock _lock = new();

    public EventFile(string path, JsonTypeInfo<T> type)
    {
        _type = type;
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        Known = ReadKnown();
    }

    /// <summary>What stood in the file when it was opened.</summary>
    public IReadOnlyList<T> Known { get; }

    public void Append(T item)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(item, _type), (byte)'\n'];
        lock (_lock)
            _file.Write(line);
    }

    public void Dispose() => _file.Dispose();

    private List<T> ReadKnown()
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        // A line without its end was torn by a kill: what it says was never answered to anybody.
        _file.SetLength(whole);
        _file.Position = whole;
        var known = new List<T>();
        foreach (var line in bytes.AsSpan(0, whole).Split((byte)'\n'))
        {
            if (!bytes.AsSpan()[line].IsEmpty)
                known.Add(JsonSerializer.Deserialize(bytes.AsSpan()[line], _type)!);
        }

        return known;
    }
}
