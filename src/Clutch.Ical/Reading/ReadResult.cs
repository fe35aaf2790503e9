using Clutch.Ical.Components;
using Clutch.Ical.Values;

namespace Clutch.Ical.Reading;

/// <summary>What a feed held and what was wrong with it.</summary>
public sealed class ReadResult
{
    private readonly FaultLog _faults;
    private readonly IReadOnlyList<Calendar> _calendars;

    internal ReadResult(FaultLog faults, CalendarCollector calendars, long byteCount)
    {
        _faults = faults;
        _calendars = calendars.Calendars;
        ByteCount = byteCount;
    }

    /// <summary>Whether to use it.</summary>
    public ReadVerdict Verdict => _faults.Verdict;

    /// <summary>The calendars, mostly one; none when the feed is refused. After a scan they hold their own properties only.</summary>
    public IReadOnlyList<Calendar> Calendars => Verdict == ReadVerdict.Reject ? [] : _calendars;

    /// <summary>The events of all calendars.</summary>
    public IEnumerable<CalendarEvent> Events => Calendars.SelectMany(calendar => calendar.Events);

    /// <summary>What was wrong, in the order found; the first <see cref="ReadLimits.Faults"/> of them.</summary>
    public IReadOnlyList<Fault> Faults => _faults.Faults;

    /// <summary>Why the feed was refused, or null.</summary>
    public Fault? Rejection => Faults.FirstOrDefault(fault => fault.Severity == FaultSeverity.Fatal);

    /// <summary>Bytes of the feed that were looked at.</summary>
    public long ByteCount { get; }

    /// <summary>Components that were left out because they cannot be used.</summary>
    public int SkippedCount => CountOf(FaultKind.ComponentSkipped);

    /// <summary>How often to fetch the feed again, as its first calendar that says so wishes, or null.</summary>
    public CalendarDuration? RefreshInterval => Calendars.Select(calendar => calendar.RefreshInterval).FirstOrDefault(interval => interval is not null);

    internal void Add(Fault fault) => _faults.Add(fault);

    /// <summary>All faults of a kind, those not listed included.</summary>
    public int CountOf(FaultKind kind) => _faults.CountOf(kind);
}
