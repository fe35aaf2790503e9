using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;

namespace Clutch.Ical.Occurrences;

/// <summary>The recurrence set (RFC 5545, 3.8.5): DTSTART, the rules and the listed dates in order of time, each instant once, without what EXDATE and EXRULE take away.</summary>
internal sealed class OriginalInstances
{
    /// <summary>Lines of one kind, RRULE or EXRULE, that are expanded; each is asked about every instance.</summary>
    public const int MostRules = 20;

    // A file's zone may be 18 hours off either way, and jump from one to the other: in that gap instances count from 54 hours before their wall-clock time.
    private const long MostBehindSeconds = 3 * SecondClock.SecondsPerDay;

    private readonly SeriesFrame _frame;
    private readonly List<RuleInstances> _rules = [];
    private readonly List<RuleInstance?> _heads = [];
    private readonly List<RuleExclusion> _excludedByRule = [];
    private readonly ListedInstances _listed;
    private readonly InstanceSet _excluded;
    private OriginalInstance? _held;
    private int _withoutHit;

    /// <param name="frame">The series.</param>
    /// <param name="others">More instances to list, beside the RDATEs.</param>
    public OriginalInstances(SeriesFrame frame, IEnumerable<CalendarTime> others)
    {
        _frame = frame;
        _listed = new ListedInstances(frame, others);
        _excluded = new InstanceSet(frame);
        DateList.Read(frame.Master, PropertyId.ExceptionDate, frame.Limits.Dates, _excluded.Add, period => _excluded.Add(period.Start));
        foreach (var rule in RulesOf(frame.Master, PropertyId.RecurrenceRule)) _rules.Add(new(rule, frame.Span.Start, frame.Clock, frame.Limits, includesStart: true));
        foreach (var rule in RulesOf(frame.Master, PropertyId.ExceptionRule)) _excludedByRule.Add(new(new(rule, frame.Span.Start, frame.Clock, frame.Limits, includesStart: false)));
        if (_rules.Count == 0) _rules.Add(new(OnlyOnce, frame.Span.Start, frame.Clock, frame.Limits, includesStart: true));
    }

    public bool HasGivenUp => _withoutHit >= _frame.Limits.StepsWithoutHit || _rules.Exists(rule => rule.HasGivenUp);

    public long StepCount => _rules.Sum(rule => rule.StepCount) + _excludedByRule.Sum(exclusion => exclusion.Rule.StepCount);

    private static RecurrenceRule OnlyOnce { get; } = new() { Frequency = RecurrenceFrequency.Daily, Count = 1 };

    /// <summary>Leaves out what cannot reach this instant.</summary>
    public void SeekUtc(long utc)
    {
        var local = _frame.Clock.EarliestLocal(utc);
        foreach (var rule in _rules) rule.Seek(local);
        _listed.SeekUtc(utc);
    }

    /// <summary>No rule is followed to where all its instances begin at this instant or later.</summary>
    public void BoundUtc(long utc)
    {
        foreach (var rule in _rules.Concat(_excludedByRule.Select(exclusion => exclusion.Rule))) rule.Bound(utc + MostBehindSeconds);
    }

    public bool Next(out OriginalInstance instance)
    {
        while (_withoutHit < _frame.Limits.StepsWithoutHit && Merge(out instance))
        {
            if (!IsExcluded(instance))
            {
                _withoutHit = 0;
                return true;
            }

            _withoutHit++;
        }

        instance = default;
        return false;
    }

    /// <summary>The rules of an event that can be expanded; a bad rule leaves the first instance, for DTSTART always counts.</summary>
    private IEnumerable<RecurrenceRule> RulesOf(CalendarEvent master, PropertyId id)
    {
        foreach (var property in master.Properties.Where(property => property.Id == id).Take(MostRules))
            if (RecurrenceRule.TryParse(property.ValueUtf8, out var rule, out _) && CanExpand(rule)) yield return rule;
    }

    private bool CanExpand(RecurrenceRule rule) => !_frame.Span.Start.IsDate || rule.Frequency < RecurrenceFrequency.Hourly;

    private bool Merge(out OriginalInstance instance)
    {
        var isFound = TakeHeld(out instance) || (_rules.Count == 1 ? NextOf(_rules[0], out instance) : NextOfSeveral(out instance));
        return _listed.TryPeek(out var listed) ? MergeListed(listed, isFound, ref instance) : isFound;
    }

    /// <summary>One instance of the rules was taken; if a listed one comes before it, the other goes back.</summary>
    private bool MergeListed(OriginalInstance listed, bool isFound, ref OriginalInstance instance)
    {
        if (isFound && instance.Utc < listed.Utc) return true;

        if (isFound && instance.Utc == listed.Utc) instance = instance with { EndUtc = listed.EndUtc };
        else
        {
            if (isFound) _held = instance;
            instance = listed;
        }

        // Several lines may list the same instant.
        while (_listed.TryPeek(out var next) && next.Utc == listed.Utc) _listed.Skip();
        return true;
    }

    private bool TakeHeld(out OriginalInstance instance)
    {
        instance = _held.GetValueOrDefault();
        var isHeld = _held is not null;
        _held = null;
        return isHeld;
    }

    private static bool NextOf(RuleInstances rule, out OriginalInstance instance)
    {
        var isFound = rule.Next(out var found);
        instance = new(found.Local, found.Utc, found.Floor, OriginalInstance.NoEnd);
        return isFound;
    }

    private bool NextOfSeveral(out OriginalInstance instance)
    {
        if (_heads.Count == 0) _heads.AddRange(_rules.Select(rule => rule.Next(out var first) ? first : (RuleInstance?)null));
        var earliest = _heads.Min(head => head?.Utc ?? long.MaxValue);
        instance = default;
        var isFound = false;
        for (var at = 0; at < _heads.Count; at++)
        {
            if (_heads[at] is not { } head || head.Utc != earliest) continue;
            (instance, isFound) = (new(head.Local, head.Utc, head.Floor, OriginalInstance.NoEnd), true);
            _heads[at] = _rules[at].Next(out var next) ? next : null;
        }

        return isFound;
    }

    private bool IsExcluded(in OriginalInstance instance)
    {
        if (!_excluded.IsEmpty && _excluded.Contains(instance)) return true;
        foreach (var exclusion in _excludedByRule)
            if (exclusion.Contains(instance)) return true;
        return false;
    }
}
