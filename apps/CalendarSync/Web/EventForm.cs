using CalendarSync.Events;
using NodaTime;
using NodaTime.Text;

namespace CalendarSync.Web;

/// <summary>An event as the form has it: date and time apart, the last day of whole days included, the usual rules by name.</summary>
public sealed record EventForm
{
    /// <summary>The rules that have names, as the form offers them.</summary>
    public static readonly IReadOnlyList<(string Rule, string Name)> Repeats =
        [("", "Never"), ("FREQ=DAILY", "Every day"), ("FREQ=WEEKLY", "Every week"), ("FREQ=WEEKLY;INTERVAL=2", "Every two weeks"), ("FREQ=MONTHLY", "Every month"), ("FREQ=YEARLY", "Every year"), (Other, "By my own rule")];

    private const string Other = "other";

    public string Title { get; init; } = "";

    public bool IsAllDay { get; init; }

    public string StartDate { get; init; } = "";

    public string StartTime { get; init; } = "";

    public string EndDate { get; init; } = "";

    public string EndTime { get; init; } = "";

    public string TimeZone { get; init; } = "";

    public string Location { get; init; } = "";

    public string Description { get; init; } = "";

    public string Color { get; init; } = "";

    /// <summary>One of <see cref="Repeats"/>.</summary>
    public string Repeat { get; init; } = "";

    /// <summary>The rule where <see cref="Repeat"/> says so.</summary>
    public string Rule { get; init; } = "";

    public bool IsBusy { get; init; } = true;

    /// <summary>A form for a new event at the next full hour of a day.</summary>
    public static EventForm ForDay(LocalDate day, LocalTime now, string timeZone)
    {
        var start = day.At(new LocalTime(now.Hour, 0)).PlusHours(now.Hour < 22 ? 1 : 0);
        return new()
        {
            StartDate = Words.Iso(start.Date),
            StartTime = Words.Time(start),
            EndDate = Words.Iso(start.PlusHours(1).Date),
            EndTime = Words.Time(start.PlusHours(1)),
            TimeZone = timeZone,
            Color = Input.Palette.Default,
        };
    }

    /// <summary>A form that shows an event.</summary>
    public static EventForm Of(OwnEvent own)
    {
        var isKnown = Repeats.Any(repeat => repeat.Rule == (own.Rule ?? ""));
        return new()
        {
            Title = own.Title,
            IsAllDay = own.IsAllDay,
            StartDate = own.StartLocal[..10],
            StartTime = TimeOf(own.StartLocal),
            EndDate = own.IsAllDay ? Words.Iso(LocalDatePattern.Iso.Parse(own.EndLocal).Value.PlusDays(-1)) : own.EndLocal[..10],
            EndTime = TimeOf(own.EndLocal),
            TimeZone = own.TimeZone ?? "",
            Location = own.Location ?? "",
            Description = own.Description ?? "",
            Color = own.Color ?? Input.Palette.Default,
            Repeat = isKnown ? own.Rule ?? "" : Other,
            Rule = isKnown ? "" : own.Rule ?? "",
            IsBusy = own.IsBusy,
        };
    }

    /// <summary>What a browser posted.</summary>
    public static EventForm Of(IFormCollection form) => new()
    {
        Title = form["title"].ToString(),
        IsAllDay = form.ContainsKey("allDay"),
        StartDate = form["startDate"].ToString(),
        StartTime = form["startTime"].ToString(),
        EndDate = form["endDate"].ToString(),
        EndTime = form["endTime"].ToString(),
        TimeZone = form["timeZone"].ToString(),
        Location = form["location"].ToString(),
        Description = form["description"].ToString(),
        Color = form["color"].ToString(),
        Repeat = form["repeat"].ToString(),
        Rule = form["rule"].ToString(),
        IsBusy = form.ContainsKey("busy"),
    };

    /// <summary>The event it describes, to be checked.</summary>
    /// <param name="seen">The event that is changed, with its exclusions; null for a new one.</param>
    public EventInput ToInput(OwnEvent? seen = null) => new()
    {
        Title = Title,
        IsAllDay = IsAllDay,
        Start = IsAllDay ? StartDate : $"{StartDate}T{StartTime}",
        End = IsAllDay ? DayAfter(EndDate) : EndTime.Length == 0 ? null : $"{(EndDate.Length == 0 ? StartDate : EndDate)}T{EndTime}",
        TimeZone = TimeZone,
        Location = Location,
        Description = Description,
        Color = Color,
        Rule = Repeat == Other ? Rule : Repeat,
        Excluded = seen is null ? [] : [.. seen.Excluded.Select(instance => Moved(instance, seen.StartLocal))],
        IsBusy = IsBusy,
    };

    // Seconds only where there are some: browsers show a field for them then.
    private static string TimeOf(string local) => local.Length == 10 ? "" : local.EndsWith(":00", StringComparison.Ordinal) ? local[11..16] : local[11..];

    // An instance keeps its day when the time of its series changes; one at another hour (BYHOUR) keeps that, too.
    private string Moved(string instance, string start) =>
        IsAllDay ? instance[..10] : instance[10..] == start[10..] ? $"{instance[..10]}T{StartTime}" : instance;

    private static string? DayAfter(string date) =>
        date.Length == 0 ? null : LocalDatePattern.Iso.Parse(date) is { Success: true, Value.Year: < 9999 } last ? Words.Iso(last.Value.PlusDays(1)) : date;
}
