using System.Globalization;
using CalendarSync.Accounts;
using CalendarSync.Events;
using CalendarSync.Input;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;
using NodaTime.Text;

namespace CalendarSync.Api;

/// <summary>One instance of an event, in the zone that was asked for.</summary>
internal sealed record OccurrenceView
{
    /// <summary>The own event, or null for an imported one.</summary>
    public required long? EventId { get; init; }

    /// <summary>The subscription it comes from, or null for an own one: those are read only.</summary>
    public required long? SubscriptionId { get; init; }

    public required string Title { get; init; }

    public required string? Location { get; init; }

    /// <summary>A name of the palette.</summary>
    public required string Color { get; init; }

    public required bool IsAllDay { get; init; }

    /// <summary>A date for whole days, else a time with its offset.</summary>
    public required string Start { get; init; }

    /// <summary>The end, exclusive, likewise.</summary>
    public required string End { get; init; }

    /// <summary>The start that the rule gave it, as the event writes it.</summary>
    public required string Instance { get; init; }

    public required bool IsRecurring { get; init; }

    public static OccurrenceView Of(CalendarOccurrence occurrence, DateTimeZone zone) => new()
    {
        EventId = occurrence.EventId,
        SubscriptionId = occurrence.SubscriptionId,
        Title = occurrence.Title,
        Location = occurrence.Location,
        Color = occurrence.Color,
        IsAllDay = occurrence.IsAllDay,
        Start = Text(occurrence.IsAllDay, occurrence.Start, occurrence.StartInstant, zone),
        End = Text(occurrence.IsAllDay, occurrence.End, occurrence.EndInstant, zone),
        Instance = occurrence.Instance,
        IsRecurring = occurrence.IsRecurring,
    };

    private static string Text(bool isAllDay, LocalDateTime local, Instant instant, DateTimeZone zone) => isAllDay
        ? local.Date.ToString("uuuu'-'MM'-'dd", CultureInfo.InvariantCulture)
        : OffsetDateTimePattern.Rfc3339.Format(instant.InZone(zone).ToOffsetDateTime());
}

/// <summary>What takes place in a range.</summary>
/// <param name="Items">The occurrences that overlap it, by start.</param>
/// <param name="IsComplete">Whether these are all; false when a limit cut them: ask for fewer days.</param>
internal sealed record OccurrenceList(IReadOnlyList<OccurrenceView> Items, bool IsComplete);

/// <summary>Range queries: own and imported events, recurring ones expanded.</summary>
internal static class OccurrenceEndpoints
{
    public static void MapOccurrences(this IEndpointRouteBuilder routes) => routes.MapGet("/occurrences", ListAsync).WithTags("Occurrences")
        .WithSummary("What takes place from a day up to another, exclusive: own and imported events, recurring ones expanded");

    private static async Task<Results<Ok<OccurrenceList>, ValidationProblem>> ListAsync(
        HttpContext context, OccurrenceQuery query, CancellationToken cancellationToken, string? from = null, string? to = null, string? timeZone = null)
    {
        var range = Check(from, to, timeZone ?? context.GetUser().TimeZone, out var errors);
        if (range is null)
            return TypedResults.ValidationProblem(errors.ToDictionary());
        var page = await query.RunAsync(context.GetUser().Id, range, cancellationToken);
        return TypedResults.Ok(new OccurrenceList([.. page.Occurrences.Select(occurrence => OccurrenceView.Of(occurrence, range.Zone))], page.IsComplete));
    }

    private static OccurrenceRange? Check(string? from, string? to, string timeZone, out FieldErrors errors)
    {
        errors = new();
        var first = ParseDay(from, "from", errors);
        var end = ParseDay(to, "to", errors);
        if (!TimeZones.Exists(timeZone))
            errors.Add("timeZone", $"There is no time zone '{timeZone}'. Take a name like Europe/Berlin or Asia/Seoul.");
        if (errors.IsEmpty && (end <= first || Period.DaysBetween(first, end) > OccurrenceRange.MostDays))
            errors.Add("to", $"Ask for 1 to {OccurrenceRange.MostDays} days.");
        return errors.IsEmpty ? new(first, end, TimeZones.Get(timeZone)) : null;
    }

    private static LocalDate ParseDay(string? text, string field, FieldErrors errors)
    {
        if (LocalDatePattern.Iso.Parse(text ?? string.Empty) is { Success: true, Value.Year: >= 1900 and <= 2200 } day)
            return day.Value;
        errors.Add(field, "Write a date between 1900 and 2200, like 2026-03-02.");
        return default;
    }
}
