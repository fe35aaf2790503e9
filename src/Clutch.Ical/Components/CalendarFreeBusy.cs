using System.Text;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>A stretch of busy, or free, time (RFC 5545, 3.8.2.6).</summary>
/// <param name="Period">When.</param>
/// <param name="Type">FBTYPE (3.2.9) in capitals; BUSY where the file says nothing.</param>
public sealed record FreeBusyPeriod(CalendarPeriod Period, string Type);

/// <summary>Free and busy time (RFC 5545, 3.6.4).</summary>
public sealed class CalendarFreeBusy : CalendarComponent
{
    /// <summary>An empty free/busy report. RFC 5545 wants at least <see cref="Uid"/> and <see cref="Stamp"/>.</summary>
    public CalendarFreeBusy() : base(ComponentKind.FreeBusy) { }

    internal CalendarFreeBusy(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.FreeBusy), ComponentKind.FreeBusy, properties) { }

    /// <summary>UID (3.8.4.7), or null.</summary>
    public string? Uid { get => TextOf(PropertyId.Uid); set => SetText(PropertyId.Uid, value); }

    /// <summary>DTSTAMP (3.8.7.2), or null.</summary>
    public CalendarTime? Stamp { get => TimeOf(PropertyId.DtStamp); set => SetTime(PropertyId.DtStamp, value); }

    /// <summary>DTSTART (3.8.2.4): the beginning of the reported range, or null.</summary>
    public CalendarTime? Start { get => TimeOf(PropertyId.DtStart); set => SetTime(PropertyId.DtStart, value); }

    /// <summary>DTEND (3.8.2.2): the end of the reported range, or null.</summary>
    public CalendarTime? End { get => TimeOf(PropertyId.DtEnd); set => SetTime(PropertyId.DtEnd, value); }

    /// <summary>All FREEBUSY periods that can be read.</summary>
    public IReadOnlyList<FreeBusyPeriod> Periods
    {
        get
        {
            List<FreeBusyPeriod> periods = [];
            foreach (var property in PropertyList)
                if (property.Id == PropertyId.FreeBusy) AddPeriods(property, periods);
            return periods;
        }
    }

    private static void AddPeriods(CalendarProperty property, List<FreeBusyPeriod> periods)
    {
        var type = property.FindParameter("FBTYPE")?.ToUpperInvariant() ?? "BUSY";
        foreach (var text in property.RawValue.Split(','))
            if (CalendarPeriod.TryParse(Encoding.UTF8.GetBytes(text), property.FindTimeZoneId(), out var period)) periods.Add(new(period, type));
    }
}
