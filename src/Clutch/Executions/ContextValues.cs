using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Clutch.Executions;

/// <summary>Small values that a job or a step keeps across chunks and restarts: its context.</summary>
/// <remarks>
/// Safe to use from several tasks. A step's (<see cref="StepContext.State"/>) are stored with the next chunk commit or at the end of the step. What a writer sets there goes
/// the way of its write: a chunk that is rolled back takes it along, so a writer may count and sum up there. Readers and processors run ahead of the commits, and may keep
/// only what does not build on itself. A job's (<see cref="StepContext.JobState"/>) know nothing of chunks: they are stored when a step ends, and no rollback takes back what was set.
/// </remarks>
public sealed class ContextValues
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly AsyncLocal<List<Change>?> _record = new();
    private long _version;
    private long _storedVersion;

    /// <summary>The values stored as this JSON; none for null.</summary>
    public ContextValues(string? json = null)
    {
        foreach (var (name, value) in Parse(json))
            _values[name] = value;
    }

    /// <summary>Keeps a value under a name, in place of an earlier one.</summary>
    public void Set<T>(string name, T value)
        where T : IParsable<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_lock)
        {
            _record.Value?.Add(new(name, _values.GetValueOrDefault(name)));
            _values[name] = JobParameters.Format(value);
            _changed.Add(name);
            _version++;
        }
    }

    /// <summary>The value kept under the name, or <paramref name="absent"/>.</summary>
    /// <exception cref="FormatException">What is kept there is not a <typeparamref name="T"/>.</exception>
    public T Get<T>(string name, T absent)
        where T : IParsable<T>
    {
        lock (_lock)
            return _values.TryGetValue(name, out var text) ? JobParameters.Parse<T>(text) : absent;
    }

    /// <summary>Whether a value is kept under the name.</summary>
    public bool Contains(string name)
    {
        lock (_lock)
            return _values.ContainsKey(name);
    }

    /// <summary>Takes over values that were stored elsewhere with the last chunk, where none was set under their names since; the next commit stores them here, too.</summary>
    internal void TakeUp(string? json)
    {
        lock (_lock)
        {
            foreach (var (name, value) in Parse(json))
            {
                if (_changed.Contains(name) || _values.GetValueOrDefault(name) == value)
                    continue;
                _values[name] = value;
                _version++;
            }
        }
    }

    /// <summary>Begins to record what the calls from here on set, others at work meanwhile left out; <see cref="Changes.Undo"/> takes it back.</summary>
    internal Changes Record() => new(this, _record.Value = []);

    /// <summary>What the calling method sets from here on is not recorded, and no <see cref="Changes.Undo"/> takes it back; its caller's record goes on.</summary>
    internal void LeaveUnrecorded() => _record.Value = null;

    /// <summary>What is recorded so far.</summary>
    internal Changes Recorded => new(this, _record.Value ?? []);

    /// <summary>The values as JSON if they changed since the last <see cref="MarkStored"/>, else null: stores write only what is new.</summary>
    internal (string Json, long Version)? Pending
    {
        get
        {
            lock (_lock)
                return _version == _storedVersion ? null : (ToJson(), _version);
        }
    }

    /// <summary>Notes that a commit holds the values as of <paramref name="version"/>.</summary>
    internal void MarkStored(long version)
    {
        lock (_lock)
            _storedVersion = version;
    }

    private void Undo(List<Change> changes, int from)
    {
        lock (_lock)
        {
            for (var i = changes.Count - 1; i >= from; i--)
            {
                if (changes[i].Before is { } value)
                    _values[changes[i].Name] = value;
                else
                    _values.Remove(changes[i].Name);
                _version++;
            }

            changes.RemoveRange(from, changes.Count - from);
        }
    }

    private static List<(string Name, string Value)> Parse(string? json)
    {
        if (json is null)
            return [];
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(static entry => (entry.Name, entry.Value.GetString() ?? string.Empty))];
    }

    private string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var (name, value) in _values)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>What one writer's calls set, to be taken back when their transaction is.</summary>
    internal readonly struct Changes(ContextValues values, List<Change> changes)
    {
        /// <summary>How many there are so far.</summary>
        public int Count => changes.Count;

        /// <summary>Takes back all behind the first so many.</summary>
        public void Undo(int from = 0) => values.Undo(changes, from);
    }

    /// <param name="Name">The value that was set.</param>
    /// <param name="Before">What it was before, or null for nothing.</param>
    internal readonly record struct Change(string Name, string? Before);
}
