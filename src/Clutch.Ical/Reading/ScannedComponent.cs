using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>Looks at one component while it passes by. It is valid during the call only.</summary>
/// <param name="component">The component.</param>
public delegate void ScanHandler(in ScannedComponent component);

/// <summary>A whole component directly below VCALENDAR, still as bytes: enough to tell whether it changed, at no cost of memory.</summary>
public readonly ref struct ScannedComponent
{
    private readonly OpenComponent _component;
    private readonly ComponentBuffer _buffer;
    private readonly CalendarCollector _calendars;

    internal ScannedComponent(OpenComponent component, ComponentBuffer buffer, CalendarCollector calendars)
    {
        _component = component;
        _buffer = buffer;
        _calendars = calendars;
    }

    /// <summary>What it is.</summary>
    public ComponentKind Kind => _component.Kind;

    /// <summary>The name after BEGIN: in capitals for known components, else as written.</summary>
    public string Name => _component.Name;

    /// <summary>The line of its BEGIN, counted from 1.</summary>
    public int LineNumber => _component.LineNumber;

    /// <summary>The calendar it stands in, with the properties and time zones read so far.</summary>
    public Calendar Calendar => _calendars.Current;

    /// <summary>Resolves its times, with the time zones this calendar has defined so far.</summary>
    public ZoneResolver Zones => _calendars.Resolver;

    /// <summary>UID as it stands in the file; empty if there is none.</summary>
    public ReadOnlySpan<byte> UidUtf8 => ValueOf(PropertyId.Uid);

    /// <summary>The value of RECURRENCE-ID as it stands in the file; empty if there is none.</summary>
    public ReadOnlySpan<byte> RecurrenceIdUtf8 => ValueOf(PropertyId.RecurrenceId);

    /// <summary>Stands for the whole content, but for DTSTAMP, CREATED and X- properties, which servers change at each request. Computed at each call.</summary>
    /// <remarks>It covers UID and RECURRENCE-ID, so a hash that is known means an event that is known and unchanged.</remarks>
    public ContentHash Hash => _buffer.Hash;

    /// <summary>Stands for UID and RECURRENCE-ID, the latter as an instant: see <see cref="EventKey"/>. Computed at each call.</summary>
    /// <remarks>With the time zones read so far: where a feed defines a zone of its own only after the events that use it, a RECURRENCE-ID in that zone
    /// gives another key here than with <see cref="ZoneResolver.For"/> the whole calendar. The same feed gives the same keys each time.</remarks>
    public ContentHash KeyHash => HasPlainUid ? EventKey.HashOf(UidUtf8, []) : EventKey.Of(ToComponent(), Zones).Hash;

    /// <summary>Which of several components with one key is the latest.</summary>
    public ComponentRevision Revision => new(SequenceOf(ValueOf(PropertyId.Sequence)), SecondsOf(PropertyId.LastModified), SecondsOf(PropertyId.DtStamp));

    private bool HasPlainUid =>
        UidUtf8.Length is > 0 and <= EventKey.LongestUid && !UidUtf8.Contains((byte)'\\') && !_buffer.TryFind(PropertyId.RecurrenceId, out _);

    /// <summary>The component with all its properties and inner components: a <see cref="CalendarEvent"/> and so on, by its kind.</summary>
    public CalendarComponent ToComponent() => ToComponent(null);

    internal CalendarComponent ToComponent(ComponentMemory? memory) => ComponentFactory.Create(_component, _buffer, _calendars.PropertyCount, memory);

    /// <summary>The same as an event.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Kind"/> is another.</exception>
    public CalendarEvent ToEvent() => ToComponent() as CalendarEvent
        ?? throw new InvalidOperationException($"The component of line {LineNumber} is a {Name}, no VEVENT. Look at its kind first.");

    /// <summary>Why this event cannot be used, or null when it can.</summary>
    internal string? FindSkipReason()
    {
        if (Kind != ComponentKind.Event) return null;
        return FindBadTime(PropertyId.DtStart, "The event has no DTSTART.") ?? FindBadTime(PropertyId.DtEnd, null) ?? FindBadTime(PropertyId.RecurrenceId, null);
    }

    private static int SequenceOf(ReadOnlySpan<byte> value) =>
        System.Buffers.Text.Utf8Parser.TryParse(value, out int sequence, out _) ? sequence : 0;

    private string? FindBadTime(PropertyId id, string? whenAbsent)
    {
        if (!_buffer.TryFind(id, out var slot)) return whenAbsent;
        if (TimeText.TryRead(_buffer.ValueOf(slot), out _, out _)) return null;

        var value = _buffer.ValueOf(slot);
        var shown = System.Text.Encoding.UTF8.GetString(value[..Math.Min(value.Length, 40)]);
        return $"The {PropertyNames.NameOf(id)} '{shown}' is no date or time of RFC 5545.";
    }

    private ReadOnlySpan<byte> ValueOf(PropertyId id) => _buffer.TryFind(id, out var slot) ? _buffer.ValueOf(slot) : [];

    private long SecondsOf(PropertyId id) => TimeText.TryRead(ValueOf(id), out var seconds, out _) ? seconds : long.MinValue;
}
