using CalendarSync.Events;
using Clutch.Ical.Reading;

namespace CalendarSync.Jobs;

/// <summary>What those who subscribed should know of a feed's oddities: the first of them, by line.</summary>
internal sealed class FeedNotes
{
    private const int Most = 20;

    private readonly List<Note> _notes = [];

    /// <summary>Tells of an event that stands there twice.</summary>
    /// <param name="lineNumber">Where the one is that does not count.</param>
    public void TellDuplicate(int lineNumber) => Tell(lineNumber, "Another event has the same UID and RECURRENCE-ID and a later revision.");

    /// <summary>Looks what is odd about an event.</summary>
    public void Look(in ScannedComponent component)
    {
        if (_notes.Count >= Most) return;
        var single = component.ToEvent();
        foreach (var fault in CalendarReader.ListFaults(single, component.Zones)) Tell(fault.LineNumber, WordsFor(fault), fault.Kind == FaultKind.UnknownTimeZone);
        if (DenseRules.AreIn(single)) Tell(component.LineNumber, "The event repeats by the minute or second; only its first instance is shown.");
    }

    /// <summary>The notes as text, one a line; null when there are none.</summary>
    /// <param name="result">What the reading itself found.</param>
    /// <param name="zones">The zones that the feed defines, be it after the events that are in them.</param>
    public string? ToText(ReadResult result, FeedZones zones)
    {
        ArgumentNullException.ThrowIfNull(result);
        var ofReading = result.Faults.Where(fault => fault.Severity != FaultSeverity.Note).Select(fault => new Note(fault.LineNumber, fault.Reason, IsOfZone: false));
        var ofEvents = _notes.Where(note => !note.IsOfZone || !zones.Ids.Any(id => note.Words.Contains($"'{id}'", StringComparison.OrdinalIgnoreCase)));
        // Reasons may quote a few letters of a bad value: they are shown as text.
        var lines = ofReading.Concat(ofEvents).OrderBy(note => note.LineNumber).Take(Most).Select(note => $"line {note.LineNumber}: {note.Words}").ToList();
        return lines.Count == 0 ? null : string.Join('\n', lines);
    }

    // No zone was taken in earnest: such an event is shown to each reader by the reader's own clock.
    private static string WordsFor(Fault fault) =>
        fault.Kind == FaultKind.UnknownTimeZone && fault.Reason.LastIndexOf(';') is var end and > 0 ? $"{fault.Reason[..end]}; the event is shown as if it were yours." : fault.Reason;

    private void Tell(int lineNumber, string words, bool isOfZone = false)
    {
        if (_notes.Count < Most) _notes.Add(new(lineNumber, words, isOfZone));
    }

    private sealed record Note(int LineNumber, string Words, bool IsOfZone);
}
