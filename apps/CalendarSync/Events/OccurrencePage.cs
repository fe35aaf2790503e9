namespace CalendarSync.Events;

/// <summary>The occurrences of a range, in order.</summary>
/// <param name="Occurrences">By start, whole days first.</param>
/// <param name="IsComplete">Whether these are all; false when a limit cut them.</param>
internal sealed record OccurrencePage(IReadOnlyList<CalendarOccurrence> Occurrences, bool IsComplete);
