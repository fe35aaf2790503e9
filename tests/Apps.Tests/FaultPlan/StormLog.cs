using System.Collections.Concurrent;
using System.Globalization;

namespace Apps.Tests.FaultPlan;

/// <summary>What happened when, in seconds since the storm began: written to a file and, where wanted, to the console.</summary>
internal sealed class StormLog(string path, TextWriter? echo)
{
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public string Path => path;

    public int CountOf(string kind) => _counts.GetValueOrDefault(kind);

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public void Write(string kind, string text = "")
    {
        _counts.AddOrUpdate(kind, 1, (_, count) => count + 1);
        var line = string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(_start).TotalSeconds,8:F2} {kind,-14} {text}");
        lock (_lock)
        {
            File.AppendAllText(path, line + "\n");
            echo?.WriteLine(line);
        }
    }
}
