using System.Text;

namespace Clutch.Ical.Components;

/// <summary>The names of components and the kinds they stand for; names compare without case.</summary>
internal static class ComponentNames
{
    public static ComponentKind KindOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        6 when Is(name, "VEVENT"u8) => ComponentKind.Event,
        6 when Is(name, "VALARM"u8) => ComponentKind.Alarm,
        5 when Is(name, "VTODO"u8) => ComponentKind.ToDo,
        8 when Is(name, "VJOURNAL"u8) => ComponentKind.Journal,
        8 when Is(name, "STANDARD"u8) => ComponentKind.Standard,
        8 when Is(name, "DAYLIGHT"u8) => ComponentKind.Daylight,
        9 when Is(name, "VCALENDAR"u8) => ComponentKind.Calendar,
        9 when Is(name, "VFREEBUSY"u8) => ComponentKind.FreeBusy,
        9 when Is(name, "VTIMEZONE"u8) => ComponentKind.TimeZone,
        _ => ComponentKind.Other,
    };

    public static ComponentKind KindOf(string name) => KindOf(Encoding.UTF8.GetBytes(name));

    public static string NameOf(ComponentKind kind) => kind switch
    {
        ComponentKind.Event => "VEVENT",
        ComponentKind.Alarm => "VALARM",
        ComponentKind.ToDo => "VTODO",
        ComponentKind.Journal => "VJOURNAL",
        ComponentKind.Standard => "STANDARD",
        ComponentKind.Daylight => "DAYLIGHT",
        ComponentKind.Calendar => "VCALENDAR",
        ComponentKind.FreeBusy => "VFREEBUSY",
        ComponentKind.TimeZone => "VTIMEZONE",
        _ => throw new ArgumentException($"Kind '{kind}' has no name of its own. Give the component's name instead.", nameof(kind)),
    };

    /// <summary>The name in a BEGIN or END line, with nothing in it that could not be written again.</summary>
    public static ReadOnlySpan<byte> Clean(ReadOnlySpan<byte> written)
    {
        var name = written.Trim(" \t"u8);
        if (!name.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return name;
        byte[] visible = [.. name.ToArray().Where(character => character is >= (byte)' ' and <= (byte)'~')];
        return visible.AsSpan().Trim((byte)' ');
    }

    /// <summary>Kinds that stand directly below VCALENDAR and never inside one another.</summary>
    public static bool IsTopLevel(ComponentKind kind) =>
        kind is ComponentKind.Event or ComponentKind.ToDo or ComponentKind.Journal or ComponentKind.FreeBusy or ComponentKind.TimeZone;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(name, expected);
}
