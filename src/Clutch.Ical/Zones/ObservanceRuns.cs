using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using NodaTime;
using NodaTime.TimeZones;

namespace Clutch.Ical.Zones;

/// <summary>Describes the changes of a zone as STANDARD and DAYLIGHT parts: changes that come every year on the same weekday as one rule, others one by one.</summary>
internal static class ObservanceRuns
{
    // Fewer years may agree by chance, and a rule for them saves nothing.
    private const int LeastYearsOfRule = 3;

    // RFC 5545 wants a DTSTART; this is what others write for a zone that never changes.
    private static readonly LocalDateTime Always = new(1970, 1, 1, 0, 0);

    public static IEnumerable<CalendarComponent> Of(DateTimeZone zone, LocalDate first, LocalDate last)
    {
        var intervals = IntervalsOf(zone, first, last);
        var changes = Enumerable.Range(0, intervals.Count).Select(at => ChangeTo(zone, intervals[at])).ToList();
        return changes.GroupBy(change => (change.Name, change.From, change.To, change.IsDaylight)).SelectMany(group => SplitIntoRuns([.. group])).OrderBy(run => run[0].Local).Select(run => Describe(run, last));
    }

    private static List<ZoneInterval> IntervalsOf(DateTimeZone zone, LocalDate first, LocalDate last)
    {
        // A day around each end: the days are local, the changes are not.
        var from = Instant.FromUtc(Math.Max(2, first.Year), first.Month, first.Day, 0, 0) - NodaTime.Duration.FromDays(1);
        var to = Instant.FromUtc(Math.Min(9998, last.Year), last.Month, Math.Min(last.Day, 28), 0, 0) + NodaTime.Duration.FromDays(5);
        return [.. zone.GetZoneIntervals(from, to > from ? to : from + NodaTime.Duration.FromDays(1))];
    }

    private static Change ChangeTo(DateTimeZone zone, ZoneInterval interval)
    {
        var isDaylight = interval.Savings != Offset.Zero;
        if (!interval.HasStart) return new(Always, interval.WallOffset, interval.WallOffset, interval.Name, isDaylight);
        var before = zone.GetUtcOffset(interval.Start - NodaTime.Duration.Epsilon);
        return new((interval.Start + NodaTime.Duration.FromSeconds(before.Seconds)).InUtc().LocalDateTime, before, interval.WallOffset, interval.Name, isDaylight);
    }

    /// <summary>Cuts changes of one kind into runs that a yearly rule describes; what fits no rule stays together as a list of dates.</summary>
    private static List<List<Change>> SplitIntoRuns(List<Change> changes)
    {
        List<List<Change>> runs = [];
        List<Change> loose = [];
        for (var at = 0; at < changes.Count;)
        {
            var length = LongestRun(changes, at);
            if (length >= LeastYearsOfRule) runs.Add(changes.GetRange(at, length));
            else loose.AddRange(changes.GetRange(at, length));
            at += length;
        }

        if (loose.Count > 0) runs.Add(loose);
        return runs;
    }

    /// <summary>How many changes from the first on come every year on the same weekday of a month. One look at each: a series may run to the year 9999.</summary>
    private static int LongestRun(List<Change> changes, int first)
    {
        var start = changes[first].Local;
        var (length, areLast, areNth) = (1, IsLastOfMonth(start), true);
        for (; first + length < changes.Count; length++)
        {
            var local = changes[first + length].Local;
            if (local.Year != start.Year + length || local.Month != start.Month || local.DayOfWeek != start.DayOfWeek || local.TimeOfDay != start.TimeOfDay) break;

            areLast = areLast && IsLastOfMonth(local);
            areNth = areNth && OrdinalOf(local) == OrdinalOf(start);
            if (!areLast && !areNth) break;
        }

        return length;
    }

    private static bool IsLastOfMonth(LocalDateTime local) => local.Day + 7 > CalendarSystem.Iso.GetDaysInMonth(local.Year, local.Month);

    private static int OrdinalOf(LocalDateTime local) => ((local.Day - 1) / 7) + 1;

    private static RecurrenceRule? FindRule(List<Change> run)
    {
        if (LongestRun(run, 0) < run.Count) return null;
        var first = run[0].Local;
        var ordinal = run.TrueForAll(change => IsLastOfMonth(change.Local)) ? -1 : OrdinalOf(first);
        return new() { Frequency = RecurrenceFrequency.Yearly, ByMonth = [first.Month], ByDay = [new(first.DayOfWeek, ordinal)] };
    }

    private static CalendarComponent Describe(List<Change> run, LocalDate last)
    {
        var observance = new CalendarComponent(run[0].IsDaylight ? "DAYLIGHT" : "STANDARD");
        observance.Add(CalendarProperty.OfRaw("TZOFFSETFROM", TextOf(run[0].From)));
        observance.Add(CalendarProperty.OfRaw("TZOFFSETTO", TextOf(run[0].To)));
        observance.Add(CalendarProperty.OfText("TZNAME", run[0].Name));
        observance.Add(CalendarProperty.OfTime("DTSTART", CalendarTime.OfFloating(run[0].Local)));
        if (run.Count < LeastYearsOfRule || FindRule(run) is not { } rule) AddDates(observance, run);
        else observance.Add(CalendarProperty.OfRaw("RRULE", (rule with { Until = EndOf(run, last) }).ToString()));
        return observance;
    }

    /// <summary>Where the rule stops to hold within the years used; null if it holds to their end, and then it may as well go on.</summary>
    private static CalendarTime? EndOf(List<Change> run, LocalDate last)
    {
        var final = run[^1];
        return final.Local.Date.PlusYears(1).PlusWeeks(-1) > last ? null : CalendarTime.OfInstant(final.Local.WithOffset(final.From).ToInstant());
    }

    private static void AddDates(CalendarComponent observance, List<Change> run)
    {
        if (run.Count > 1) observance.Add(CalendarProperty.OfTimes("RDATE", [.. run.Skip(1).Select(change => CalendarTime.OfFloating(change.Local))]));
    }

    private static string TextOf(Offset offset)
    {
        var seconds = Math.Abs(offset.Seconds);
        var text = $"{(offset.Seconds < 0 ? '-' : '+')}{seconds / 3_600:00}{seconds / 60 % 60:00}";
        return seconds % 60 == 0 ? text : $"{text}{seconds % 60:00}";
    }

    private readonly record struct Change(LocalDateTime Local, Offset From, Offset To, string Name, bool IsDaylight);
}
