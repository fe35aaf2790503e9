using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>An event (RFC 5545, 3.6.1).</summary>
public sealed class CalendarEvent : CalendarComponent
{
    /// <summary>An empty event. RFC 5545 wants at least <see cref="Uid"/>, <see cref="Stamp"/> and <see cref="Start"/>.</summary>
    public CalendarEvent() : base(ComponentKind.Event) { }

    internal CalendarEvent(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.Event), ComponentKind.Event, properties) { }

    /// <summary>UID (3.8.4.7) as written, or null if the file gave none: then <see cref="Reading.EventKey"/> makes a stable one.</summary>
    public string? Uid { get => TextOf(PropertyId.Uid); set => SetText(PropertyId.Uid, value); }

    /// <summary>RECURRENCE-ID (3.8.4.4): which instance of the series this event replaces, or null for the series itself.</summary>
    public CalendarTime? RecurrenceId { get => TimeOf(PropertyId.RecurrenceId); set => SetTime(PropertyId.RecurrenceId, value); }

    /// <summary>Whether it replaces all later instances too: RANGE=THISANDFUTURE (3.2.13).</summary>
    public bool IsThisAndFuture => TryFind(PropertyId.RecurrenceId, out var id) && id.HasParameter("RANGE"u8, "THISANDFUTURE"u8);

    /// <summary>DTSTART (3.8.2.4), or null when it is missing or unreadable.</summary>
    public CalendarTime? Start { get => TimeOf(PropertyId.DtStart); set => SetTime(PropertyId.DtStart, value); }

    /// <summary>DTEND (3.8.2.2) as written, exclusive, or null. <see cref="Occurrences.EventSpan"/> tells when the event really ends.</summary>
    public CalendarTime? End { get => TimeOf(PropertyId.DtEnd); set => SetTime(PropertyId.DtEnd, value); }

    /// <summary>DURATION (3.8.2.5) as written, or null.</summary>
    public CalendarDuration? Duration { get => DurationOf(PropertyId.Duration); set => SetDuration(PropertyId.Duration, value); }

    /// <summary>RRULE (3.8.5.3), or null when there is none or it cannot be understood.</summary>
    public RecurrenceRule? RecurrenceRule
    {
        get => TryFind(PropertyId.RecurrenceRule, out var rule) && RecurrenceRule.TryParse(rule.ValueUtf8, out var parsed, out _) ? parsed : null;
        set => SetRaw(PropertyId.RecurrenceRule, value?.ToString());
    }

    /// <summary>SUMMARY (3.8.1.12): its title, or null.</summary>
    public string? Summary { get => TextOf(PropertyId.Summary); set => SetText(PropertyId.Summary, value); }

    /// <summary>DESCRIPTION (3.8.1.5), or null.</summary>
    public string? Description { get => TextOf(PropertyId.Description); set => SetText(PropertyId.Description, value); }

    /// <summary>LOCATION (3.8.1.7), or null.</summary>
    public string? Location { get => TextOf(PropertyId.Location); set => SetText(PropertyId.Location, value); }

    /// <summary>CATEGORIES (3.8.1.2) of all its lines.</summary>
    public IReadOnlyList<string> Categories { get => TextListOf(PropertyId.Categories); set => SetTextList(PropertyId.Categories, value); }

    /// <summary>STATUS (3.8.1.11) in capitals: TENTATIVE, CONFIRMED, CANCELLED, or null.</summary>
    public string? Status { get => KeywordOf(PropertyId.Status); set => SetRaw(PropertyId.Status, value); }

    /// <summary>TRANSP (3.8.2.7) in capitals: OPAQUE, TRANSPARENT, or null, which means OPAQUE.</summary>
    public string? Transparency { get => KeywordOf(PropertyId.Transparency); set => SetRaw(PropertyId.Transparency, value); }

    /// <summary>CLASS (3.8.1.3) in capitals: PUBLIC, PRIVATE, CONFIDENTIAL, or null.</summary>
    public string? Class { get => KeywordOf(PropertyId.Class); set => SetRaw(PropertyId.Class, value); }

    /// <summary>PRIORITY (3.8.1.9): 1 is highest, 9 lowest, 0 none, or null.</summary>
    public int? Priority { get => IntegerOf(PropertyId.Priority); set => SetInteger(PropertyId.Priority, value); }

    /// <summary>URL (3.8.4.6), or null. It comes from outside: check its scheme before showing it as a link.</summary>
    public string? Url { get => RawOf(PropertyId.Url); set => SetRaw(PropertyId.Url, value); }

    /// <summary>COLOR (RFC 7986, 5.9): a CSS3 colour name, or null.</summary>
    public string? Color { get => TextOf(PropertyId.Color); set => SetText(PropertyId.Color, value); }

    /// <summary>DTSTAMP (3.8.7.2): when this copy of the event was made, or null.</summary>
    public CalendarTime? Stamp { get => TimeOf(PropertyId.DtStamp); set => SetTime(PropertyId.DtStamp, value); }

    /// <summary>CREATED (3.8.7.1), or null.</summary>
    public CalendarTime? Created { get => TimeOf(PropertyId.Created); set => SetTime(PropertyId.Created, value); }

    /// <summary>LAST-MODIFIED (3.8.7.3), or null.</summary>
    public CalendarTime? LastModified { get => TimeOf(PropertyId.LastModified); set => SetTime(PropertyId.LastModified, value); }

    /// <summary>SEQUENCE (3.8.7.4): the revision, or null, which means 0.</summary>
    public int? Sequence { get => IntegerOf(PropertyId.Sequence); set => SetInteger(PropertyId.Sequence, value); }

    /// <summary>Whether <see cref="Status"/> says that it does not take place.</summary>
    public bool IsCancelled => TryFind(PropertyId.Status, out var status) && System.Text.Ascii.EqualsIgnoreCase(status.ValueUtf8.Trim((byte)' '), "CANCELLED"u8);

    /// <summary>Whether it may have more than one instance: RRULE or RDATE.</summary>
    public bool IsRecurring => TryFind(PropertyId.RecurrenceRule, out _) || TryFind(PropertyId.RecurrenceDate, out _);

    /// <summary>The alarms (3.6.6) inside it.</summary>
    public IEnumerable<CalendarAlarm> Alarms => Components.OfType<CalendarAlarm>();
}
