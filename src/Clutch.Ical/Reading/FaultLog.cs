namespace Clutch.Ical.Reading;

/// <summary>Counts every fault and keeps the first ones: a broken feed of a million lines must not fill the memory with its faults.</summary>
internal sealed class FaultLog(int capacity)
{
    private readonly List<Fault> _faults = [];
    private readonly int[] _counts = new int[Enum.GetValues<FaultKind>().Length];

    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Asked at every line, so it is kept and not counted out.</summary>
    public bool IsRejected { get; private set; }

    public ReadVerdict Verdict => IsRejected ? ReadVerdict.Reject : Any(FaultSeverity.Error) ? ReadVerdict.Partial : ReadVerdict.Ok;

    public int CountOf(FaultKind kind) => _counts[(int)kind];

    public void Add(FaultKind kind, int lineNumber, string reason) => Add(new Fault(kind, lineNumber, reason));

    public void Add(Fault fault)
    {
        _counts[(int)fault.Kind]++;
        IsRejected |= fault.Severity == FaultSeverity.Fatal;
        if (_faults.Count < capacity || fault.Severity == FaultSeverity.Fatal) _faults.Add(fault);
    }

    private bool Any(FaultSeverity severity)
    {
        for (var kind = 0; kind < _counts.Length; kind++)
            if (_counts[kind] > 0 && Fault.SeverityOf((FaultKind)kind) == severity) return true;
        return false;
    }
}
