using System.IO.Pipelines;
using Clutch.Ical.Components;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>Reads a feed into <see cref="Calendar"/> objects: strict about what it means, forgiving about how it is written.</summary>
/// <remarks>No bytes make it throw. What it forgives and why: docs/reference/icalendar-strictness.md.</remarks>
public static class CalendarReader
{
    /// <summary>Reads a feed that lies in memory.</summary>
    public static ReadResult Read(ReadOnlySpan<byte> feed, ReadOptions? options = null)
    {
        var collection = new CalendarCollection(options ?? ReadOptions.Default);
        return collection.Finish(CalendarScanner.Scan(feed, collection.Add, options));
    }

    /// <summary>Reads a feed as it comes, to its end or until it is refused.</summary>
    public static async Task<ReadResult> ReadAsync(Stream feed, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var collection = new CalendarCollection(options ?? ReadOptions.Default);
        return collection.Finish(await CalendarScanner.ScanAsync(feed, collection.Add, options, cancellationToken));
    }

    /// <summary>Reads a feed as it comes, to its end or until it is refused. The reader is left open.</summary>
    public static async Task<ReadResult> ReadAsync(PipeReader feed, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var collection = new CalendarCollection(options ?? ReadOptions.Default);
        return collection.Finish(await CalendarScanner.ScanAsync(feed, collection.Add, options, cancellationToken));
    }

    /// <summary>What a reader would warn of in an event: for one that came out of a scan.</summary>
    /// <param name="calendarEvent">The event.</param>
    /// <param name="zones">The zones of its calendar.</param>
    /// <param name="limits">Of these the number of dates counts; null for the defaults.</param>
    public static IReadOnlyList<Fault> ListFaults(CalendarEvent calendarEvent, ZoneResolver zones, ReadLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(calendarEvent);
        ArgumentNullException.ThrowIfNull(zones);
        List<Fault> faults = [];
        new EventCheck(zones, limits ?? ReadOptions.Default.Limits, faults.Add).Look(calendarEvent);
        return faults;
    }
}
