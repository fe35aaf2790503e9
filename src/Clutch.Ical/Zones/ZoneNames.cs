using System.Collections.Frozen;
using System.Text;
using NodaTime.TimeZones;

namespace Clutch.Ical.Zones;

/// <summary>One shared string for each TZID that the time zone database or Windows knows.</summary>
/// <remarks>A feed names its zone in every event: without this each of them would make a string of its own.</remarks>
internal static class ZoneNames
{
    private const int LongestName = 64;

    private static readonly FrozenSet<string> Known = TzdbDateTimeZoneSource.Default.GetIds()
        .Concat(TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.Keys)
        .ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> KnownText = Known.GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Intern(ReadOnlySpan<byte> name)
    {
        name = name.Trim((byte)'"').Trim((byte)' ');
        Span<char> text = stackalloc char[LongestName];
        return name.Length <= LongestName && Ascii.ToUtf16(name, text, out var length) == System.Buffers.OperationStatus.Done
            && KnownText.TryGetValue(text[..length], out var known)
            ? known
            : Encoding.UTF8.GetString(name);
    }
}
