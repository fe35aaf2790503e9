using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Zones;

/// <summary>One moment at which a zone changes its clock.</summary>
internal readonly record struct ZoneChange(long AtUtc, Offset From, Offset To, string Name);

/// <summary>A STANDARD or DAYLIGHT part of a VTIMEZONE: when it begins, again and again, and what offset it brings.</summary>
internal sealed class ZoneObservance
{
    // Twice a year from 1601 to 9999 is less; a rule that names more is none for a zone.
    private const int MostChanges = 10_000;

    private const int MostSteps = 10_000;

    // No zone makes the same change twice in so short a time: the shortest Ramadan without daylight saving takes 29 days.
    private const long LeastReturn = 14 * SecondClock.SecondsPerDay;

    // NodaTime's bound; real zones lie between -12 and +14.
    private const int MostOffsetSeconds = 18 * 3_600;

    private readonly CalendarComponent _component;
    private readonly long _start;
    private readonly Offset _from;
    private readonly string _name;

    private ZoneObservance(CalendarComponent component, long start, Offset from, Offset to)
    {
        _component = component;
        _start = start;
        _from = from;
        To = to;
        _name = component.TextOf(PropertyId.TimeZoneName) ?? component.Name;
    }

    public Offset To { get; }

    public static ZoneObservance? TryRead(CalendarComponent component)
    {
        if (component.TimeOf(PropertyId.DtStart) is not { } start || !TryReadOffset(component, PropertyId.OffsetTo, out var to)) return null;
        if (!TryReadOffset(component, PropertyId.OffsetFrom, out var from)) from = to;
        return new(component, start.LocalSeconds, from, to);
    }

    /// <summary>The changes of a range and the next one after it; earlier ones too where that costs less than leaving them out.</summary>
    public IEnumerable<ZoneChange> ChangesBetween(long fromUtc, long untilUtc) =>
        ThroughFirstAfter(untilUtc, Onsets(fromUtc).Select(local => local - _from.Seconds)).Concat(ListedOnsets())
            .Select(at => new ZoneChange(at, _from, To, _name));

    private static IEnumerable<long> ThroughFirstAfter(long untilUtc, IEnumerable<long> onsets)
    {
        foreach (var at in onsets)
        {
            yield return at;
            if (at > untilUtc) yield break;
        }
    }

    private static bool TryReadOffset(CalendarComponent component, PropertyId id, out Offset offset)
    {
        offset = Offset.Zero;
        if (!component.TryFind(id, out var property)) return false;

        var text = property.ValueUtf8.Trim(" \t"u8);
        var isNegative = text.StartsWith("-"u8);
        if (isNegative || text.StartsWith("+"u8)) text = text[1..];
        if (text.Length is not (4 or 6) || text.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;

        var seconds = (Two(text, 0) * 3_600) + (Two(text, 2) * 60) + (text.Length == 6 ? Two(text, 4) : 0);
        if (seconds > MostOffsetSeconds) return false;
        offset = Offset.FromSeconds(isNegative ? -seconds : seconds);
        return true;
    }

    private static int Two(ReadOnlySpan<byte> digits, int at) => ((digits[at] - '0') * 10) + digits[at + 1] - '0';

    private IEnumerable<long> Onsets(long fromUtc)
    {
        if (!_component.TryFind(PropertyId.RecurrenceRule, out var property) || !RecurrenceRule.TryParse(property.ValueUtf8, out var rule, out _))
        {
            yield return _start;
            yield break;
        }

        var walker = new RuleWalker(rule, _start, isDate: false, MostSteps);
        // A rule that has ended tells the offset that holds since then, so its last change must be found.
        if (rule is { Count: null, Until: null }) walker.Seek(fromUtc);
        var most = Math.Min(rule.Count ?? MostChanges, MostChanges);
        var earliest = long.MinValue;
        for (var count = 0; count < most && walker.Next(out var local) && !IsAfter(rule.Until, local); count++)
        {
            if (local >= earliest)
            {
                yield return local;
                earliest = local + LeastReturn;
            }
            else if (rule.Count is null) walker.Seek(earliest);
        }
    }

    private bool IsAfter(CalendarTime? until, long local) => until switch
    {
        null => false,
        { Kind: CalendarTimeKind.Utc } instant => local - _from.Seconds > instant.LocalSeconds,
        { IsDate: true } date => local >= date.LocalSeconds + SecondClock.SecondsPerDay,
        { } time => local > time.LocalSeconds,
    };

    private List<long> ListedOnsets()
    {
        List<long> onsets = [];
        foreach (var property in _component.PropertyList)
        {
            if (property.Id != PropertyId.RecurrenceDate) continue;
            foreach (var range in property.ValueUtf8.Split((byte)','))
            {
                if (onsets.Count >= MostChanges) return onsets;
                if (CalendarTime.TryParse(property.ValueUtf8[range], null, out var time))
                    onsets.Add(time.Kind == CalendarTimeKind.Utc ? time.LocalSeconds : time.LocalSeconds - _from.Seconds);
            }
        }

        return onsets;
    }
}
