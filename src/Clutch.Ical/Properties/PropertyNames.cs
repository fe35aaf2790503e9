using System.Runtime.InteropServices;
using System.Text;

namespace Clutch.Ical.Properties;

/// <summary>Finds the id of a property name and the name of an id; names compare without case (RFC 5545, 2).</summary>
internal static class PropertyNames
{
    private const ulong LowerCaseBits = 0x2020202020202020;
    private const int SlotCount = 256;

    private static readonly string[] Names = ListNames();
    private static readonly byte[][] NamesUtf8 = [.. Names.Select(Encoding.ASCII.GetBytes)];
    private static readonly byte[] Slots = FillSlots();

    public static string NameOf(PropertyId id) => Names[(int)id];

    public static ReadOnlySpan<byte> Utf8Of(PropertyId id) => NamesUtf8[(int)id];

    public static PropertyId Find(ReadOnlySpan<byte> name)
    {
        for (var slot = SlotOf(name); Slots[slot] != 0; slot = (slot + 1) % SlotCount)
            if (Ascii.EqualsIgnoreCase(name, NamesUtf8[Slots[slot]])) return (PropertyId)Slots[slot];
        return PropertyId.Other;
    }

    public static PropertyId Find(string name)
    {
        if (name.Length > 64) return PropertyId.Other;
        Span<byte> bytes = stackalloc byte[64];
        return Ascii.FromUtf16(name, bytes, out var length) == System.Buffers.OperationStatus.Done ? Find(bytes[..length]) : PropertyId.Other;
    }

    private static int SlotOf(ReadOnlySpan<byte> name)
    {
        // The first and last bytes and the length tell these names well apart; case is folded by clearing one bit.
        var key = name.Length >= 8
            ? Folded(MemoryMarshal.Read<ulong>(name)) ^ (Folded(MemoryMarshal.Read<ulong>(name[^8..])) * 31)
            : Folded(ShortKey(name));
        return (int)(((key + (ulong)name.Length) * 0x9E3779B97F4A7C15) >> 56);
    }

    private static ulong Folded(ulong key) => key & ~LowerCaseBits;

    private static ulong ShortKey(ReadOnlySpan<byte> name)
    {
        var key = 0UL;
        foreach (var character in name) key = (key << 8) | character;
        return key;
    }

    private static byte[] FillSlots()
    {
        var slots = new byte[SlotCount];
        for (var id = 1; id < NamesUtf8.Length; id++)
        {
            var slot = SlotOf(NamesUtf8[id]);
            while (slots[slot] != 0) slot = (slot + 1) % SlotCount;
            slots[slot] = (byte)id;
        }

        return slots;
    }

    private static string[] ListNames()
    {
        var names = new string[Enum.GetValues<PropertyId>().Length];
        foreach (var id in Enum.GetValues<PropertyId>()) names[(int)id] = NameFor(id);
        return names;
    }

    private static string NameFor(PropertyId id) => id switch
    {
        PropertyId.Other => "",
        PropertyId.RecurrenceRule => "RRULE",
        PropertyId.ExceptionRule => "EXRULE",
        PropertyId.RecurrenceDate => "RDATE",
        PropertyId.ExceptionDate => "EXDATE",
        PropertyId.RecurrenceId => "RECURRENCE-ID",
        PropertyId.LastModified => "LAST-MODIFIED",
        PropertyId.Transparency => "TRANSP",
        PropertyId.PercentComplete => "PERCENT-COMPLETE",
        PropertyId.RelatedTo => "RELATED-TO",
        PropertyId.RequestStatus => "REQUEST-STATUS",
        PropertyId.TimeZoneId => "TZID",
        PropertyId.TimeZoneUrl => "TZURL",
        PropertyId.TimeZoneName => "TZNAME",
        PropertyId.OffsetFrom => "TZOFFSETFROM",
        PropertyId.OffsetTo => "TZOFFSETTO",
        PropertyId.ProductId => "PRODID",
        PropertyId.CalendarScale => "CALSCALE",
        PropertyId.RefreshInterval => "REFRESH-INTERVAL",
        PropertyId.PublishedTtl => "X-PUBLISHED-TTL",
        PropertyId.CalendarName => "X-WR-CALNAME",
        PropertyId.CalendarDescription => "X-WR-CALDESC",
        PropertyId.CalendarTimeZone => "X-WR-TIMEZONE",
        _ => id.ToString().ToUpperInvariant(),
    };
}
