using Clutch.Ical.Values;

namespace Clutch.Ical.Recurrence;

/// <summary>Walks over the wall-clock times that a rule names (RFC 5545, 3.3.10), in order, one period at a time.</summary>
/// <remarks>It knows nothing of COUNT and UNTIL, nor that DTSTART counts in any case: its callers do. Each step looks at one
/// period; a walk that takes too many of them without finding anything gives up, so that no rule can hold the process.</remarks>
internal sealed class RuleWalker
{
    private readonly RecurrenceRule _rule;
    private readonly PeriodDays? _periodDays;
    private readonly UnitSearch? _units;
    private readonly ClockTimes _times;
    private readonly long _origin;
    private readonly int _mostSteps;
    private readonly bool _hasPositions;
    private readonly List<long> _positions = [];
    private long _floor;
    private long _nextPeriod;
    private long _lastPeriod;
    private long _unitStart;
    private int _dayCount;
    private long _cursor;
    private long _end;
    private int _stepsWithoutHit;

    public RuleWalker(RecurrenceRule rule, long start, bool isDate, int mostSteps)
    {
        _rule = EffectiveRule.Of(rule, start, isDate);
        _mostSteps = mostSteps;
        _hasPositions = rule.BySetPosition.Count > 0;
        _floor = start;
        _times = new ClockTimes(_rule);
        var filter = new DayFilter(_rule);
        if (rule.Frequency >= RecurrenceFrequency.Hourly) _units = new UnitSearch(_rule, filter, start);
        else _periodDays = new PeriodDays(_rule, filter);
        _origin = PeriodOf(start);
        _nextPeriod = _origin;
        // RFC 5545 writes years with four digits.
        _lastPeriod = PeriodOf(SecondClock.Latest);
    }

    /// <summary>Whether the walk ended because it found nothing for too long, not because the rule or the calendar ended.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>All periods looked at so far.</summary>
    public long StepCount { get; private set; }

    /// <summary>Goes on from the first time at or after this one: by arithmetic, without walking there. Only forwards,
    /// beyond what was given already.</summary>
    public void Seek(long local)
    {
        if (local <= _floor) return;
        _floor = local;
        var periods = (PeriodOf(local) - _origin) / _rule.Interval;
        _nextPeriod = _origin + (periods * _rule.Interval);
        (_cursor, _end) = (0, 0);
    }

    /// <summary>Ends the walk once a period begins after this time: what lies there is not wanted.</summary>
    public void Bound(long local) => _lastPeriod = Math.Min(_lastPeriod, PeriodOf(local));

    public bool Next(out long local)
    {
        while (true)
        {
            while (_cursor < _end)
            {
                local = ElementAt(_hasPositions ? _positions[(int)_cursor] : _cursor);
                _cursor++;
                if (local < _floor) continue;

                _stepsWithoutHit = 0;
                return true;
            }

            if (FindNextPeriod()) continue;
            local = 0;
            return false;
        }
    }

    private long PeriodOf(long local) => _units?.UnitOf(local) ?? _periodDays!.PeriodOf(SecondClock.DayOf(local));

    private bool FindNextPeriod() => _units is null ? FindDays(_periodDays!) : FindUnit(_units);

    private bool FindDays(PeriodDays periodDays)
    {
        do
        {
            if (!MayStep()) return false;
            periodDays.Find(_nextPeriod);
            _nextPeriod += _rule.Interval;
        }
        while (periodDays.Days.IsEmpty);

        _dayCount = periodDays.Days.Length;
        Enter();
        return true;
    }

    private bool FindUnit(UnitSearch units)
    {
        while (true)
        {
            if (!MayStep()) return false;
            if (units.Fits(_nextPeriod, out var next)) break;
            _nextPeriod = next;
        }

        _unitStart = _nextPeriod * units.UnitSeconds;
        _nextPeriod += _rule.Interval;
        _dayCount = 1;
        Enter();
        return true;
    }

    private bool MayStep()
    {
        if (_nextPeriod > _lastPeriod) return false;
        StepCount++;
        if (_stepsWithoutHit++ < _mostSteps) return true;
        HasGivenUp = true;
        return false;
    }

    private void Enter()
    {
        var size = (long)_dayCount * _times.Count;
        if (_hasPositions)
        {
            ChoosePositions(size);
            (_cursor, _end) = (0, _positions.Count);
            return;
        }

        (_cursor, _end) = (ElementAt(0) < _floor ? FirstAtFloor(size) : 0, size);
    }

    /// <summary>BYSETPOS counts in the whole set of the period, the part before DTSTART included.</summary>
    private void ChoosePositions(long size)
    {
        _positions.Clear();
        foreach (var position in _rule.BySetPosition)
        {
            var index = position > 0 ? position - 1 : size + position;
            if (index >= 0 && index < size && !_positions.Contains(index)) _positions.Add(index);
        }

        _positions.Sort();
    }

    private long FirstAtFloor(long size)
    {
        var (low, high) = (0L, size);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (ElementAt(middle) < _floor) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private long ElementAt(long index)
    {
        if (_times.Count == 1) return StartOf((int)index) + _times.First;
        var (day, time) = Math.DivRem(index, _times.Count);
        return StartOf((int)day) + _times.At((int)time);
    }

    private long StartOf(int day) => _units is null ? (long)_periodDays!.Days[day] * SecondClock.SecondsPerDay : _unitStart;
}
