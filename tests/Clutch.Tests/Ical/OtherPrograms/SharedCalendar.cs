using System.Globalization;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;
using Calendar = Clutch.Ical.Components.Calendar;

namespace Clutch.Tests.Ical.OtherPrograms;

/// <summary>The calendar that we and other programs read: zones over a change of the clock, exceptions, whole days, long and awkward texts.</summary>
internal static class SharedCalendar
{
    public const string AwkwardText = "Plan, review; \\ and\nlunch — 야간 근무 🏥 인수인계 회의, 가나다라마바사 가나다라마바사 가나다라마바사 가나다라마바사";

    public static readonly OccurrenceWindow Window = new(Instant.FromUtc(2026, 3, 1, 0, 0), Instant.FromUtc(2026, 5, 1, 0, 0));

    public static byte[] Write(bool withOverride)
    {
        var calendar = Create(withOverride);
        ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc));
        calendar.SortComponents();
        return CalendarWriter.ToBytes(calendar);
    }

    /// <summary>All occurrences as <c>2026-03-02T08:00:00Z title</c>, whole days as <c>2026-03-02 title</c>, sorted.</summary>
    public static IReadOnlyList<string> Occurrences(IEnumerable<CalendarEvent> events, ZoneResolver zones) =>
    [
        .. EventSeries.Group(events, zones).SelectMany(series => series.Expand(zones, Window).Occurrences)
            .Select(occurrence => $"{Show(occurrence)} {occurrence.Event.Summary?.ReplaceLineEndings(" ")}").Order(StringComparer.Ordinal),
    ];

    private static string Show(Occurrence occurrence) => occurrence.Start.IsDate
        ? occurrence.Start.ToString()
        : occurrence.StartInstant.ToString("uuuu'-'MM'-'dd'T'HH':'mm':'ss'Z'", CultureInfo.InvariantCulture);

    private static Calendar Create(bool withOverride)
    {
        var calendar = new Calendar("-//Clutch//Tests//EN") { DisplayName = "Shared, with others", Method = "PUBLISH", RefreshInterval = CalendarDuration.OfExact(Duration.FromHours(6)) };
        var weekly = Event("weekly@clutch.example", CalendarTime.OfZoned(new(2026, 3, 2, 9, 0), "Europe/Berlin"), "Weekly in Berlin");
        weekly.End = CalendarTime.OfZoned(new(2026, 3, 2, 10, 30), "Europe/Berlin");
        weekly.RecurrenceRule = RecurrenceRule.Parse("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=14");
        weekly.Add(CalendarProperty.OfTimes("EXDATE", [CalendarTime.OfZoned(new(2026, 3, 9, 9, 0), "Europe/Berlin")]));
        calendar.Add(weekly);
        if (withOverride)
        {
            var moved = Event("weekly@clutch.example", CalendarTime.OfZoned(new(2026, 4, 3, 15, 0), "Europe/Berlin"), "Weekly, moved");
            moved.RecurrenceId = CalendarTime.OfZoned(new(2026, 4, 2, 9, 0), "Europe/Berlin");
            moved.End = CalendarTime.OfZoned(new(2026, 4, 3, 16, 0), "Europe/Berlin");
            calendar.Add(moved);
        }

        var night = Event("night@clutch.example", CalendarTime.OfZoned(new(2026, 3, 27, 22, 0), "Asia/Seoul"), AwkwardText);
        night.End = CalendarTime.OfZoned(new(2026, 3, 28, 7, 0), "Asia/Seoul");
        night.Description = AwkwardText;
        calendar.Add(night);
        var lastFriday = Event("friday@clutch.example", CalendarTime.OfDate(new(2026, 3, 27)), "Last Friday");
        lastFriday.RecurrenceRule = RecurrenceRule.Parse("FREQ=MONTHLY;BYDAY=-1FR");
        lastFriday.Transparency = "TRANSPARENT";
        calendar.Add(lastFriday);
        calendar.Add(Event("once@clutch.example", CalendarTime.OfInstant(Instant.FromUtc(2026, 4, 10, 12, 0)), "Once in UTC"));
        return calendar;
    }

    private static CalendarEvent Event(string uid, CalendarTime start, string summary) => new()
    {
        Uid = uid,
        Stamp = CalendarTime.OfInstant(Instant.FromUtc(2026, 2, 1, 0, 0)),
        Start = start,
        Summary = summary,
        Status = "CONFIRMED",
        Sequence = 1,
    };
}
