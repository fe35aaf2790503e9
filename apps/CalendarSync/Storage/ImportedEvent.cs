using System.Buffers;
using System.Text;
using CalendarSync.Events;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Values;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using Clutch.Relational.Tables;

namespace CalendarSync.Storage;

/// <summary>One event of a feed as it lies in the table <c>calendar_feed_event</c>.</summary>
/// <remarks>It waits in memory until its chunk is written, so it holds what is small and makes its texts when they are.</remarks>
internal sealed record ImportedEvent
{
    /// <summary>For bulk upsert and delete: the key is feed, UID and instance, so a row keeps its id when its event changes.</summary>
    public static readonly TableMap<ImportedEvent> Table = TableMap.ByConvention<ImportedEvent>(
        "calendar_feed_event", imported => new { imported.FeedId, imported.Uid, imported.Instance });

    /// <summary>The feed.</summary>
    public required long FeedId { get; init; }

    /// <summary><see cref="EventKey.Id"/>.</summary>
    public required string Uid { get; init; }

    /// <summary><see cref="EventKey.Instance"/>: empty for the series itself.</summary>
    public required string Instance { get; init; }

    /// <summary><see cref="ContentHash"/> as 32 hexadecimal digits.</summary>
    public string ContentHash => Hash.ToString();

    /// <summary>Whether its times are dates.</summary>
    public bool IsAllDay => Start.IsDate;

    /// <summary>The start as written: <c>2026-03-02</c> or <c>2026-03-02T09:00:00</c>.</summary>
    public string StartLocal => EventTimes.Text(Start);

    /// <summary>The end, exclusive, likewise.</summary>
    public string EndLocal => EventTimes.Text(End);

    /// <summary>The TZID as written, <c>UTC</c> for an instant, null for a date or a floating time.</summary>
    public string? TimeZone => EventTimes.ZoneOf(Start);

    /// <summary>The instant of the start, or null for a date or a floating time: those are resolved for each reader.</summary>
    public required DateTimeOffset? StartUtc { get; init; }

    /// <summary>The instant of the end, likewise.</summary>
    public required DateTimeOffset? EndUtc { get; init; }

    /// <summary>Whether it may have more than one instance.</summary>
    public required bool IsRecurring { get; init; }

    /// <summary>No instance begins before this, in any zone.</summary>
    public required DateTimeOffset WindowFrom { get; init; }

    /// <summary>No instance ends after this, in any zone; <see cref="EventWindow.Endless"/> where that is not known.</summary>
    public required DateTimeOffset WindowTo { get; init; }

    /// <summary>The VEVENT as text.</summary>
    public string Component => Encoding.UTF8.GetString(ComponentUtf8.Span);

    internal required ContentHash Hash { get; init; }

    internal required CalendarTime Start { get; init; }

    internal required CalendarTime End { get; init; }

    internal required ReadOnlyMemory<byte> ComponentUtf8 { get; init; }

    /// <summary>The row of an event, or null when the event has no start that can be read.</summary>
    /// <param name="feedId">The feed.</param>
    /// <param name="single">The event.</param>
    /// <param name="hash">Its content hash, as the scanner found it.</param>
    /// <param name="zones">The zones of its file, with UTC as default zone: floating times must not depend on who reads them.</param>
    /// <param name="workspace">Where the text is put together; what it holds is lost.</param>
    /// <param name="steps">For the windows of all events of the feed.</param>
    public static ImportedEvent? Of(long feedId, CalendarEvent single, ContentHash hash, ZoneResolver zones, ArrayBufferWriter<byte> workspace, StepBudget steps)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (EventSpan.Of(single, zones) is not { } span)
            return null;
        // Here and not when it is written: an instant that no calendar holds costs its event, and not the chunk.
        var (startUtc, endUtc) = EventTimes.InstantsOf(span);
        var key = EventKey.Of(single, zones);
        var window = EventWindow.Of(single, zones, span, steps);
        workspace.ResetWrittenCount();
        new CalendarWriter(workspace).Write(single);
        return new()
        {
            FeedId = feedId,
            Uid = key.Id,
            Instance = key.Instance,
            Hash = hash,
            Start = span.Start,
            End = span.End,
            StartUtc = startUtc,
            EndUtc = endUtc,
            IsRecurring = single.IsRecurring,
            WindowFrom = window.From,
            WindowTo = window.To,
            ComponentUtf8 = workspace.WrittenSpan.ToArray(),
        };
    }
}
