using System.Runtime.InteropServices;
using System.Text;

namespace Clutch.Ical.Properties;

/// <summary>Finds the id of a property name and the name of an id; names compare without case (RFC 5545, 2).</summary>
internal static class PropertyNames
{
    private const ulong LowerCaseBits = 0x2020202020202020;
    private const int SlotCount = 256;
    private const int LongestName = 16;

    private static readonly string[] Names = ListNames();
    private static readonly byte[][] NamesUtf8 = [.. Names.Select(Encoding.ASCII.GetBytes)];
    private static readonly Entry[] Slots = FillSlots();

    /// <summary>How many ids there are.</summary>
    public static int Count => Names.Length;

    public static string NameOf(PropertyId id) => Names[(int)id];

    public static ReadOnlySpan<byte> Utf8Of(PropertyId id) => NamesUtf8[(int)id];

    /// <summary>The id of a name in any case, or <see cref="PropertyId.Other"/>.</summary>
    public static PropertyId Find(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestName) return PropertyId.Other;
        var (head, tail) = (Folded(HeadOf(name)), Folded(TailOf(name)));
        for (var slot = SlotOf(head, tail, name.Length); Slots[slot].Length != 0; slot = (slot + 1) % SlotCount)
            if (Slots[slot].Head == head && Slots[slot].Tail == tail && Slots[slot].Length == name.Length) return Slots[slot].Id;
        return PropertyId.Other;
    }

    public static PropertyId Find(string name)
    {
        if (name.Length > 64) return PropertyId.Other;
        Span<byte> bytes = stackalloc byte[64];
        return Ascii.FromUtf16(name, bytes, out var length) == System.Buffers.OperationStatus.Done ? Find(bytes[..length]) : PropertyId.Other;
    }

    private static int SlotOf(ulong head, ulong tail, int length) => (int)(((head ^ (tail * 31)) + (ulong)length) * 0x9E3779B97F4A7C15 >> 56);

    // Folding clears one bit: the letters of both cases agree then, and what else agrees with '-' or a letter is no character of a line.
    private static ulong Folded(ulong key) => key & ~LowerCaseBits;

    /// <summary>The first eight bytes as a number; of a shorter name all of them.</summary>
    private static ulong HeadOf(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 8) return MemoryMarshal.Read<ulong>(name);
        if (name.Length >= 4) return MemoryMarshal.Read<uint>(name) | ((ulong)MemoryMarshal.Read<uint>(name[^4..]) << 32);
        return name.Length == 0 ? 0 : name[0] | ((ulong)name[name.Length / 2] << 8) | ((ulong)name[^1] << 16);
    }

    private static ulong TailOf(ReadOnlySpan<byte> name) => name.Length > 8 ? MemoryMarshal.Read<ulong>(name[^8..]) : 0;

    private static Entry[] FillSlots()
    {
        var slots = new Entry[SlotCount];
        for (var id = 1; id < NamesUtf8.Length; id++)
        {
            var name = NamesUtf8[id];
            var entry = new Entry(Folded(HeadOf(name)), Folded(TailOf(name)), name.Length, (PropertyId)id);
            var slot = SlotOf(entry.Head, entry.Tail, entry.Length);
            while (slots[slot].Length != 0) slot = (slot + 1) % SlotCount;
            slots[slot] = entry;
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

    /// <summary>A name as two numbers, its first and its last eight bytes: no known name is longer than both together.</summary>
    private readonly record struct Entry(ulong Head, ulong Tail, int Length, PropertyId Id);
}
