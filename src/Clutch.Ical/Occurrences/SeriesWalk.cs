using Clutch.Ical.Components;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Occurrences;

/// <summary>Walks over the occurrences of a series in order of their start, overrides in their places.</summary>
/// <remarks>Instances that are moved, by an override for all the future or because the clock springs forward, wait in a queue until no
/// earlier one can come. Everything else passes straight through, and nothing is made before it is asked for.</remarks>
internal sealed class SeriesWalk
{
    private readonly ZoneResolver _zones;
    private readonly ExpansionLimits _limits;
    private readonly long _fromUtc;
    private readonly long _toUtc;
    private readonly SeriesFrame? _frame;
    private readonly OriginalInstances? _originals;
    private readonly InstanceSet? _overridden;
    private readonly List<FutureOverride> _future = [];
    private readonly PriorityQueue<Occurrence, (long StartUtc, long Number)> _waiting = new();
    private readonly long _leastShift;
    private readonly long _mostWaiting;
    private readonly long _cancelledFromUtc = long.MaxValue;
    private long _waitingNumber;
    private long _floor = long.MinValue;
    private long _lastStartUtc = long.MinValue;
    private bool _areOriginalsOver;
    private bool _hasGivenUp;
    private int _stepsWithoutHit;
    private int _count;

    public SeriesWalk(EventSeries series, ZoneResolver zones, OccurrenceWindow? window, ExpansionLimits limits)
    {
        _zones = zones;
        _limits = limits;
        _fromUtc = window?.From.ToUnixTimeSeconds() ?? long.MinValue;
        _toUtc = window?.To.ToUnixTimeSeconds() ?? long.MaxValue;
        if (series.Master is { IsCancelled: false } master && EventSpan.Of(master, zones) is { } span)
        {
            _frame = new SeriesFrame(master, span, zones, limits);
            _overridden = new InstanceSet(_frame);
        }

        foreach (var single in series.Overrides) Place(single);
        _mostWaiting = (long)_waiting.Count + limits.StepsWithoutHit;
        _future.Sort((left, right) => left.FromUtc.CompareTo(right.FromUtc));
        _leastShift = _future.Count == 0 ? 0 : Math.Min(0, _future.Min(future => future.ShiftSeconds) - SecondClock.SecondsPerDay);
        if (_future is [.., { Event.IsCancelled: true } last]) _cancelledFromUtc = last.FromUtc;
        if (_frame is not null) _originals = StartOriginals(_frame);
        _areOriginalsOver = _originals is null;
    }

    public Occurrence Current { get; private set; }

    public ExpansionEnd EndedBy { get; private set; }

    public long StepCount => _originals?.StepCount ?? 0;

    public bool MoveNext()
    {
        for (_stepsWithoutHit = 0; ; _stepsWithoutHit++)
        {
            if (!TakeWaiting(out var occurrence) && !TakeOriginal(out occurrence))
            {
                if (_areOriginalsOver && _waiting.Count == 0) return End();
                continue;
            }

            if (occurrence.StartUtc >= _toUtc) return End();
            if (!IsInWindow(occurrence) || IsRepeated(occurrence)) continue;
            if (_count++ >= _limits.Occurrences) return EndWith(ExpansionEnd.TooManyOccurrences);

            Current = occurrence;
            return true;
        }
    }

    /// <summary>An override either replaces one instance, or changes all from one on; without its series it is shown as itself.</summary>
    private void Place(CalendarEvent single)
    {
        if (EventSpan.Of(single, _zones) is not { } span || single.RecurrenceId is not { } id) return;

        if (_frame is not null && single.IsThisAndFuture)
        {
            _future.Add(new(single, span, _frame.UtcOf(id), _frame.LocalOf(id), _zones.ClockOf(span.Start)));
            return;
        }

        _overridden?.Add(id);
        if (single.IsCancelled) return;
        Wait(new(single, span.Start, span.Start.LocalSeconds, span.StartUtc, span.End.LocalSeconds, span.EndUtc, id, id.LocalSeconds));
    }

    private OriginalInstances StartOriginals(SeriesFrame frame)
    {
        // An override for the future also names an instance: one that the rule does not know is shown as itself.
        var originals = new OriginalInstances(frame, _future.Select(future => future.Event.RecurrenceId).OfType<CalendarTime>());
        if (_fromUtc > long.MinValue) originals.SeekUtc(EarliestOf(frame));
        if (_toUtc < long.MaxValue) originals.BoundUtc(_toUtc - _leastShift);
        return originals;
    }

    /// <summary>No instance before this instant touches the window. An override for the future moves none that lies before its own.</summary>
    private long EarliestOf(SeriesFrame frame)
    {
        var earliest = _fromUtc - LengthOf(frame.Span);
        foreach (var future in _future) earliest = Math.Min(earliest, Math.Max(future.FromUtc, _fromUtc - ReachOf(future)));
        return earliest;
    }

    /// <summary>How long before the window an instance may lie that this override moves into it.</summary>
    private static long ReachOf(FutureOverride future) => LengthOf(future.Span) + Math.Max(0, future.ShiftSeconds) + SecondClock.SecondsPerDay;

    /// <summary>The most seconds that an instance of this span can last: its days may be an hour, and in some years a day, longer.</summary>
    private static long LengthOf(in EventSpan span) =>
        span.NominalDays == 0 ? span.ExactSeconds : ((span.NominalDays + 1L) * SecondClock.SecondsPerDay) + span.ExactSeconds;

    private bool TakeWaiting(out Occurrence occurrence)
    {
        occurrence = default;
        if (_waiting.Count == 0 || (!_areOriginalsOver && _waiting.Peek().StartUtc > _floor)) return false;
        occurrence = _waiting.Dequeue();
        return true;
    }

    /// <summary>Takes the next instance; false when it has to wait, was replaced, or there is none.</summary>
    private bool TakeOriginal(out Occurrence occurrence)
    {
        occurrence = default;
        if (_areOriginalsOver) return false;
        if (_stepsWithoutHit >= _limits.StepsWithoutHit || _waiting.Count >= _mostWaiting) return GiveUp();
        if (!NextOriginal(out var instance)) return false;

        _floor = instance.Floor + _leastShift;
        if (_floor >= _toUtc || instance.Floor >= _cancelledFromUtc) return EndOriginals();
        if (IsOverridden(instance) || !TryApply(instance, out occurrence)) return false;
        if (occurrence.StartUtc <= _floor && _waiting.Count == 0) return true;

        Wait(occurrence);
        return false;
    }

    private bool NextOriginal(out OriginalInstance instance) => _originals!.Next(out instance) || EndOriginals();

    private bool EndOriginals()
    {
        _areOriginalsOver = true;
        return false;
    }

    /// <summary>No more instances are looked at: too many of them gave nothing, or wait. What waits is still shown, for most of it the file names.</summary>
    private bool GiveUp()
    {
        _hasGivenUp = true;
        return EndOriginals();
    }

    private bool IsOverridden(in OriginalInstance instance) => !_overridden!.IsEmpty && _overridden.Contains(instance);

    private bool TryApply(in OriginalInstance instance, out Occurrence occurrence)
    {
        var future = _future.Count == 0 ? null : FutureOf(instance);
        occurrence = future is null ? OfSeries(instance) : future.Apply(instance, _frame!.Span);
        return future is null || !future.Event.IsCancelled;
    }

    private FutureOverride? FutureOf(in OriginalInstance instance)
    {
        FutureOverride? found = null;
        foreach (var future in _future)
            if (future.FromUtc <= instance.Utc) found = future;
        return found;
    }

    private Occurrence OfSeries(in OriginalInstance instance)
    {
        var frame = _frame!;
        var span = frame.Span;
        var (endLocal, endUtc) = instance.EndUtc != OriginalInstance.NoEnd ? (frame.Clock.ToLocal(instance.EndUtc), instance.EndUtc)
            // The first instance ends exactly where DTEND says; later ones last as long by the calendar.
            : instance.Utc == span.StartUtc ? (span.End.LocalSeconds, span.EndUtc)
            : span.EndOf(instance.Local, instance.Utc, frame.Clock);
        return new(frame.Master, span.Start, instance.Local, instance.Utc, endLocal, endUtc, span.Start, instance.Local);
    }

    private void Wait(in Occurrence occurrence) => _waiting.Enqueue(occurrence, (occurrence.StartUtc, _waitingNumber++));

    private bool IsInWindow(in Occurrence occurrence) =>
        occurrence.EndUtc > _fromUtc || (occurrence.EndUtc == occurrence.StartUtc && occurrence.StartUtc >= _fromUtc);

    /// <summary>Where the clock springs forward two wall-clock times can be one instant: a recurrence set holds each once.</summary>
    private bool IsRepeated(in Occurrence occurrence)
    {
        if (!ReferenceEquals(occurrence.Event, _frame?.Master)) return false;
        if (occurrence.StartUtc == _lastStartUtc) return true;
        _lastStartUtc = occurrence.StartUtc;
        return false;
    }

    private bool End() => EndWith(_hasGivenUp || _originals is { HasGivenUp: true } ? ExpansionEnd.GaveUp : ExpansionEnd.Complete);

    private bool EndWith(ExpansionEnd reason)
    {
        EndedBy = reason;
        _areOriginalsOver = true;
        _waiting.Clear();
        return false;
    }
}
