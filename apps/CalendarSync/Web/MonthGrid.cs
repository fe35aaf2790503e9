using CalendarSync.Events;
using NodaTime;

namespace CalendarSync.Web;

/// <summary>An occurrence as a bar in a week: columns and lane count from 1.</summary>
/// <param name="Occurrence">What it shows.</param>
/// <param name="Column">The day on which it begins in this week.</param>
/// <param name="Span">How many days of this week it takes.</param>
/// <param name="Lane">In which line.</param>
/// <param name="ContinuesBefore">Whether it began before this week.</param>
/// <param name="ContinuesAfter">Whether it goes on after this week.</param>
public sealed record WeekBar(CalendarOccurrence Occurrence, int Column, int Span, int Lane, bool ContinuesBefore, bool ContinuesAfter);

/// <summary>A day of a week.</summary>
/// <param name="Date">The day.</param>
/// <param name="IsInMonth">Whether it belongs to the month shown.</param>
/// <param name="Occurrences">All that takes place on it, in order.</param>
/// <param name="HiddenCount">How many of these have no lane.</param>
public sealed record GridDay(LocalDate Date, bool IsInMonth, IReadOnlyList<CalendarOccurrence> Occurrences, int HiddenCount);

/// <summary>A week: seven days and their bars.</summary>
public sealed record GridWeek(IReadOnlyList<GridDay> Days, IReadOnlyList<WeekBar> Bars);

/// <summary>A month as weeks from Monday to Sunday, with every occurrence in its lane.</summary>
public sealed class MonthGrid
{
    /// <summary>How many bars lie over each other; the rest is told by number.</summary>
    public const int LaneCount = 4;

    private const int DaysPerWeek = 7;

    private readonly YearMonth _month;

    public MonthGrid(YearMonth month, IReadOnlyList<CalendarOccurrence> occurrences)
    {
        _month = month;
        Weeks = [.. WeekStarts(month).Select(monday => WeekOf(monday, occurrences))];
    }

    /// <summary>The weeks that touch the month.</summary>
    public IReadOnlyList<GridWeek> Weeks { get; }

    /// <summary>The first day shown.</summary>
    public static LocalDate FirstDay(YearMonth month)
    {
        var first = month.OnDayOfMonth(1);
        return first.PlusDays(1 - (int)first.DayOfWeek);
    }

    /// <summary>The day after the last one shown.</summary>
    public static LocalDate EndDay(YearMonth month) => WeekStarts(month)[^1].PlusDays(DaysPerWeek);

    /// <summary>Whether an occurrence touches a day.</summary>
    public static bool IsOn(CalendarOccurrence occurrence, LocalDate day) => occurrence.Start.Date <= day && occurrence.LastDay >= day;

    private static LocalDate[] WeekStarts(YearMonth month)
    {
        var last = month.ToDateInterval().End;
        var count = (Period.DaysBetween(FirstDay(month), last) / DaysPerWeek) + 1;
        return [.. Enumerable.Range(0, count).Select(week => FirstDay(month).PlusWeeks(week))];
    }

    private GridWeek WeekOf(LocalDate monday, IReadOnlyList<CalendarOccurrence> occurrences)
    {
        var sunday = monday.PlusDays(DaysPerWeek - 1);
        var inWeek = occurrences.Where(occurrence => occurrence.Start.Date <= sunday && occurrence.LastDay >= monday).ToList();
        var bars = LayOut(monday, sunday, inWeek);
        return new([.. Enumerable.Range(0, DaysPerWeek).Select(day => DayOf(monday.PlusDays(day), day + 1, inWeek, bars))], [.. bars.Where(bar => bar.Lane <= LaneCount)]);
    }

    private GridDay DayOf(LocalDate date, int column, List<CalendarOccurrence> inWeek, List<WeekBar> bars) => new(
        date,
        date.ToYearMonth() == _month,
        [.. inWeek.Where(occurrence => IsOn(occurrence, date))],
        bars.Count(bar => bar.Lane > LaneCount && bar.Column <= column && bar.Column + bar.Span > column));

    // Long ones first: they get the upper lanes, and stay level from day to day.
    private static List<WeekBar> LayOut(LocalDate monday, LocalDate sunday, List<CalendarOccurrence> inWeek)
    {
        List<int> takenUntil = [];
        List<WeekBar> bars = [];
        var sorted = inWeek.OrderBy(occurrence => LocalDate.Max(occurrence.Start.Date, monday)).ThenByDescending(occurrence => LocalDate.Min(occurrence.LastDay, sunday))
            .ThenBy(occurrence => !occurrence.IsAllDay).ThenBy(occurrence => occurrence.StartInstant);
        foreach (var occurrence in sorted)
        {
            var column = Column(LocalDate.Max(occurrence.Start.Date, monday), monday);
            var last = Column(LocalDate.Min(occurrence.LastDay, sunday), monday);
            bars.Add(new(occurrence, column, last - column + 1, TakeLane(takenUntil, column, last), occurrence.Start.Date < monday, occurrence.LastDay > sunday));
        }

        return bars;
    }

    private static int TakeLane(List<int> takenUntil, int column, int last)
    {
        var lane = takenUntil.FindIndex(taken => taken < column);
        if (lane < 0)
        {
            lane = takenUntil.Count;
            takenUntil.Add(0);
        }

        takenUntil[lane] = last;
        return lane + 1;
    }

    private static int Column(LocalDate date, LocalDate monday) => Period.DaysBetween(monday, date) + 1;
}
