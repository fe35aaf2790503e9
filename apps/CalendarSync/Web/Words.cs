using System.Globalization;
using CalendarSync.Events;
using CalendarSync.Subscriptions;
using NodaTime;

namespace CalendarSync.Web;

/// <summary>How the pages say dates, times and states.</summary>
internal static class Words
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public static string Iso(LocalDate date) => date.ToString("uuuu'-'MM'-'dd", English);

    public static string Iso(YearMonth month) => month.ToString("uuuu'-'MM", English);

    public static string Of(YearMonth month) => month.ToString("MMMM uuuu", English);

    public static string Of(LocalDate date) => date.ToString("dddd, d MMMM uuuu", English);

    public static string Time(LocalDateTime time) => time.ToString("HH':'mm", English);

    /// <summary>When an occurrence takes place, in full.</summary>
    public static string When(CalendarOccurrence occurrence)
    {
        if (occurrence.IsAllDay)
            return occurrence.LastDay > occurrence.Start.Date ? $"{Of(occurrence.Start.Date)} to {Of(occurrence.LastDay)}" : Of(occurrence.Start.Date);
        return occurrence.End.Date == occurrence.Start.Date
            ? $"{Of(occurrence.Start.Date)}, {Time(occurrence.Start)} to {Time(occurrence.End)}"
            : $"{Of(occurrence.Start.Date)}, {Time(occurrence.Start)} to {Of(occurrence.End.Date)}, {Time(occurrence.End)}";
    }

    /// <summary>The time before a title on one day, or nothing for what takes the whole day.</summary>
    public static string TimeOn(CalendarOccurrence occurrence, LocalDate day) =>
        occurrence.IsAllDay ? "all day"
        : occurrence.Start.Date == day ? Time(occurrence.Start)
        : occurrence.End.Date == day ? $"until {Time(occurrence.End)}"
        : "all day";

    /// <summary>How long ago, roughly.</summary>
    public static string Ago(DateTimeOffset? instant, DateTimeOffset now)
    {
        if (instant is not { } then)
            return "never";
        var age = now - then;
        return age < TimeSpan.FromMinutes(1) ? "just now"
            : age < TimeSpan.FromHours(1) ? Count((int)age.TotalMinutes, "minute") + " ago"
            : age < TimeSpan.FromDays(1) ? Count((int)age.TotalHours, "hour") + " ago"
            : Count((int)age.TotalDays, "day") + " ago";
    }

    /// <summary>How soon, roughly.</summary>
    public static string Until(DateTimeOffset? instant, DateTimeOffset now)
    {
        if (instant is not { } then)
            return "not planned";
        var wait = then - now;
        return wait <= TimeSpan.FromMinutes(1) ? "now"
            : wait < TimeSpan.FromHours(1) ? "in " + Count((int)wait.TotalMinutes, "minute")
            : "in " + Count((int)wait.TotalHours, "hour");
    }

    /// <summary>A number with its word.</summary>
    public static string Count(int number, string word) => string.Create(English, $"{number:N0} {word}{(number == 1 ? "" : "s")}");

    /// <summary>What a look at a calendar brought.</summary>
    public static string Of(LastCheck check)
    {
        var changes = check is { Inserted: 0, Updated: 0, Deleted: 0, Skipped: 0 } ? "nothing new"
            : string.Create(English, $"{check.Inserted:N0} new, {check.Updated:N0} changed, {check.Deleted:N0} gone, {check.Skipped:N0} left out");
        var size = check.BodyBytes is { } bytes ? string.Create(English, $"{Math.Max(1, bytes / 1_000):N0} KB ") : "";
        return string.Create(English, $"{changes}; {size}in {check.DurationMilliseconds / 1_000.0:N1} s");
    }

    /// <summary>The state of a subscription in a word or two.</summary>
    public static string State(Subscription subscription) => subscription switch
    {
        { IsPaused: true } => "Paused",
        { State: "new" } => "Waiting for its first import",
        { State: "ok" } => "Up to date",
        { State: "partial" } => "Up to date, with gaps",
        { State: "suspicious" } => "Looks emptied; old events kept",
        { State: "failing" } => "Failing",
        { State: "auth" } => "Asks for a sign-in",
        { State: "blocked" } => "Not allowed",
        { State: "gone" } => "Gone for good",
        _ => subscription.State,
    };

    /// <summary>Whether a person should look at it.</summary>
    public static bool NeedsAttention(Subscription subscription) => !subscription.IsPaused && subscription.State is ("failing" or "auth" or "blocked" or "gone" or "suspicious");
}
