using CalendarSync.Events;

namespace CalendarSync.Web;

/// <summary>Where an occurrence can be seen whole.</summary>
internal static class OccurrenceLink
{
    /// <summary>An own one leads to its form, an imported one to its page.</summary>
    public static string Of(CalendarOccurrence occurrence) => occurrence.EventId is { } own
        ? $"/events/{own}{(occurrence.IsRecurring ? $"?instance={Uri.EscapeDataString(occurrence.Instance)}" : "")}"
        : $"/imported/{occurrence.ImportedId}?on={Words.Iso(occurrence.Start.Date)}";
}
