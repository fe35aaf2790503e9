namespace Clutch.Files.Reading;

/// <summary>Dates and instants as ISO 8601 and databases write them: <c>2026-11-22</c>, <c>2026-11-22T02:00:00.123Z</c>, <c>2026-11-22 02:00:00+01</c>.</summary>
/// <remarks>The general parser of the runtime needs characters and takes several times as long.</remarks>
internal static class IsoTime
{
    private const int DateLength = 10;
    private const int MinuteLength = 16;
    private const int SecondLength = 19;
    private const int FractionDigits = 7;

    public static bool TryParseDate(ReadOnlySpan<byte> text, out DateOnly value)
    {
        value = default;
        if (text.Length != DateLength || !TryParseDay(text, out var day))
            return false;
        value = DateOnly.FromDateTime(day);
        return true;
    }

    /// <summary>Parses an instant; one without offset is taken as UTC, one without time as midnight.</summary>
    public static bool TryParseInstant(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length < DateLength || !TryParseDay(text[..DateLength], out var time))
            return false;
        var rest = text[DateLength..];
        long ticks = 0;
        if (!rest.IsEmpty && !TryTime(text, out ticks, out rest))
            return false;
        if (!TryParseOffset(rest, out var offset))
            return false;
        time = time.AddTicks(ticks);
        var utcTicks = time.Ticks - offset.Ticks;
        if (utcTicks < DateTime.MinValue.Ticks || utcTicks > DateTime.MaxValue.Ticks)
            return false;
        value = new(time, offset);
        return true;
    }

    private static bool TryParseDay(ReadOnlySpan<byte> text, out DateTime day)
    {
        day = default;
        if (text[4] != '-' || text[7] != '-')
            return false;
        if (!TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var dayOfMonth))
            return false;
        if (year == 0 || month is 0 or > 12 || dayOfMonth == 0 || dayOfMonth > DateTime.DaysInMonth(year, month))
            return false;
        day = new(year, month, dayOfMonth, 0, 0, 0, DateTimeKind.Unspecified);
        return true;
    }

    private static bool TryTime(ReadOnlySpan<byte> text, out long ticks, out ReadOnlySpan<byte> rest)
    {
        ticks = 0;
        rest = default;
        if (text.Length < MinuteLength || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':')
            return false;
        if (!TryDigits(text[11..13], out var hour) || !TryDigits(text[14..16], out var minute) || hour > 23 || minute > 59)
            return false;
        var second = 0;
        rest = text[MinuteLength..];
        if (!rest.IsEmpty && rest[0] == ':')
        {
            if (text.Length < SecondLength || !TryDigits(text[17..19], out second) || second > 59)
                return false;
            rest = text[SecondLength..];
        }

        if (!TryFraction(ref rest, out var fraction))
            return false;
        ticks = new TimeSpan(hour, minute, second).Ticks + fraction;
        return true;
    }

    // Digits beyond a tick (100 ns) are dropped, as the runtime's own parser does for what it cannot hold.
    private static bool TryFraction(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        if (rest.IsEmpty || rest[0] is not ((byte)'.' or (byte)','))
            return true;
        var digitCount = 0;
        for (rest = rest[1..]; !rest.IsEmpty && char.IsAsciiDigit((char)rest[0]); rest = rest[1..])
        {
            if (digitCount++ < FractionDigits)
                ticks = (ticks * 10) + (rest[0] - '0');
        }

        for (var missing = digitCount; missing < FractionDigits; missing++)
            ticks *= 10;
        return digitCount > 0;
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text.IsEmpty || (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z'))
            return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length < 3 || !TryDigits(text[1..3], out var hours))
            return false;
        var minutes = 0;
        var minuteDigits = text[3..];
        if (!minuteDigits.IsEmpty && minuteDigits[0] == ':')
            minuteDigits = minuteDigits[1..];
        if (text.Length > 3 && (minuteDigits.Length != 2 || !TryDigits(minuteDigits, out minutes)))
            return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (text[0] == '-')
            offset = -offset;
        return minutes < 60 && offset.Duration() <= TimeSpan.FromHours(14);
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
