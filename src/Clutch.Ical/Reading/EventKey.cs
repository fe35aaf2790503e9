using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>What an event is known by inside one feed: its UID and, for an override, which instance it replaces.</summary>
/// <remarks>UIDs repeat across feeds and users: a key is never global.</remarks>
/// <param name="Id">UID, exactly as written. Without one <c>noid:</c> and a hash of start, end, summary, rule and instance: the same at each
/// reading, so that no sync takes it for a new event. A UID over 1 KB becomes <c>long:</c> and its hash.</param>
/// <param name="Instance">RECURRENCE-ID as an instant (<c>20260302T003000Z</c>) or a date (<c>20260302</c>); empty for the series itself.</param>
public sealed record EventKey(string Id, string Instance)
{
    internal const int LongestUid = 1024;

    private const byte Separator = 0x1F;

    private static readonly PropertyId[] Identifying =
        [PropertyId.DtStart, PropertyId.DtEnd, PropertyId.Duration, PropertyId.Summary, PropertyId.RecurrenceRule, PropertyId.RecurrenceId];

    /// <summary>Both parts as one hash, for sets of many keys.</summary>
    public ContentHash Hash => HashOf(Encoding.UTF8.GetBytes(Id), Encoding.UTF8.GetBytes(Instance));

    /// <summary>The key of a component: an event, or any other that has a UID.</summary>
    /// <param name="component">The component.</param>
    /// <param name="zones">Turns its RECURRENCE-ID into an instant.</param>
    public static EventKey Of(CalendarComponent component, ZoneResolver zones)
    {
        ArgumentNullException.ThrowIfNull(component);
        ArgumentNullException.ThrowIfNull(zones);
        return new(IdOf(component), component.TimeOf(PropertyId.RecurrenceId) is { } instance ? InstanceOf(instance, zones) : "");
    }

    /// <summary>The instance part of a key for a RECURRENCE-ID, or for a start that an override might name.</summary>
    public static string InstanceOf(CalendarTime time, ZoneResolver zones)
    {
        ArgumentNullException.ThrowIfNull(zones);
        return time.IsDate ? time.ToValueText() : CalendarTime.OfInstant(zones.ToInstant(time)).ToValueText();
    }

    internal static ContentHash HashOf(ReadOnlySpan<byte> id, ReadOnlySpan<byte> instance)
    {
        Span<byte> key = stackalloc byte[LongestUid + 64];
        id.CopyTo(key);
        key[id.Length] = Separator;
        instance.CopyTo(key[(id.Length + 1)..]);
        return ContentHash.Of(key[..(id.Length + 1 + instance.Length)]);
    }

    private static string IdOf(CalendarComponent component)
    {
        if (component.TextOf(PropertyId.Uid) is not { } uid) return $"noid:{HashOfContent(component)}";
        return Encoding.UTF8.GetByteCount(uid) <= LongestUid ? uid : $"long:{ContentHash.Of(Encoding.UTF8.GetBytes(uid))}";
    }

    private static ContentHash HashOfContent(CalendarComponent component)
    {
        var content = new ByteBuffer();
        foreach (var id in Identifying)
        {
            if (component.TryFind(id, out var property)) content.Append(property.Line);
            content.Append(Separator);
        }

        return ContentHash.Of(content.Written);
    }
}
