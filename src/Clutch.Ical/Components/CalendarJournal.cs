using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>A journal entry (RFC 5545, 3.6.3).</summary>
public sealed class CalendarJournal : CalendarComponent
{
    /// <summary>An empty entry. RFC 5545 wants at least <see cref="Uid"/> and <see cref="Stamp"/>.</summary>
    public CalendarJournal() : base(ComponentKind.Journal) { }

    internal CalendarJournal(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.Journal), ComponentKind.Journal, properties) { }

    /// <summary>UID (3.8.4.7), or null.</summary>
    public string? Uid { get => TextOf(PropertyId.Uid); set => SetText(PropertyId.Uid, value); }

    /// <summary>DTSTAMP (3.8.7.2), or null.</summary>
    public CalendarTime? Stamp { get => TimeOf(PropertyId.DtStamp); set => SetTime(PropertyId.DtStamp, value); }

    /// <summary>DTSTART (3.8.2.4): the day it belongs to, or null.</summary>
    public CalendarTime? Start { get => TimeOf(PropertyId.DtStart); set => SetTime(PropertyId.DtStart, value); }

    /// <summary>SUMMARY (3.8.1.12), or null.</summary>
    public string? Summary { get => TextOf(PropertyId.Summary); set => SetText(PropertyId.Summary, value); }

    /// <summary>DESCRIPTION (3.8.1.5): a journal entry may have several.</summary>
    public IReadOnlyList<string> Descriptions => [.. ListProperties("DESCRIPTION").Select(property => property.Text).OfType<string>()];

    /// <summary>STATUS (3.8.1.11) in capitals: DRAFT, FINAL, CANCELLED, or null.</summary>
    public string? Status { get => KeywordOf(PropertyId.Status); set => SetRaw(PropertyId.Status, value); }
}
