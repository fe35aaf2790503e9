using System.Collections.Concurrent;

namespace Simulators.Faults;

/// <summary>A fault that was injected. It is written down before it happens.</summary>
internal sealed record InjectedFault(long Sequence, DateTimeOffset At, string Role, string Path, string Kind, FaultPhase? Phase, string? Subject);

/// <summary>How the faults stand.</summary>
/// <param name="Order">The order in force.</param>
/// <param name="CallCount">Calls since the start of the process.</param>
/// <param name="Counts">What was injected since the data folder was made.</param>
/// <param name="PendingCopies">Second copies that are still to be delivered, whatever the order in force.</param>
internal sealed record FaultReport(FaultOrder Order, long CallCount, IReadOnlyDictionary<string, int> Counts, int PendingCopies);

/// <summary>Every fault that was injected since the data folder was made, whatever killed the process in between.</summary>
internal sealed class FaultLog : IDisposable
{
    private readonly EventFile<InjectedFault> _file;
    private readonly ConcurrentQueue<InjectedFault> _faults;
    private readonly TimeProvider _clock;
    private long _sequence;

    public FaultLog(SimulatorOptions options, TimeProvider clock)
    {
        _clock = clock;
        _file = new(Path.Combine(options.DataFolder, "faults.jsonl"), FaultJson.Default.InjectedFault);
        _faults = new(_file.Known);
        _sequence = _faults.Count;
    }

    public IReadOnlyCollection<InjectedFault> Faults => _faults;

    public IReadOnlyDictionary<string, int> Counts => _faults
        .GroupBy(fault => $"{fault.Role}/{fault.Kind}{(fault.Phase is { } phase ? "/" + phase : "")}", StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);

    public void Record(string role, string path, string kind, FaultPhase? phase = null, string? subject = null)
    {
        var fault = new InjectedFault(Interlocked.Increment(ref _sequence), _clock.GetUtcNow(), role, path, kind, phase, subject);
        _file.Append(fault);
        _faults.Enqueue(fault);
    }

    public void Dispose() => _file.Dispose();
}
