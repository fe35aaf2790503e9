using System.Runtime.CompilerServices;

namespace Clutch.Ical.Values;

/// <summary>What the text of a date or date-time tells by itself.</summary>
internal enum TimeForm : byte { Date, Local, Utc }

/// <summary>The text forms of RFC 5545, 3.3.4 and 3.3.5.</summary>
internal static class TimeText
{
    public const int MaxLength = 16;

    private const int DateLength = 8;
    private const int LocalLength = 15;
    private const int UtcLength = 16;

    public static bool TryRead(ReadOnlySpan<byte> value, out long localSeconds, out TimeForm form)
    {
        localSeconds = 0;
        form = TimeForm.Date;
        value = value.Trim(" \t"u8);
        if (!TryReadDate(value, out var day)) return false;

        localSeconds = (long)day * SecondClock.SecondsPerDay;
        if (value.Length == DateLength) return true;
        if (!TryReadTime(value, out var secondOfDay)) return false;

        localSeconds += secondOfDay;
        form = value.Length == UtcLength ? TimeForm.Utc : TimeForm.Local;
        return true;
    }

    public static int Write(CalendarTime time, Span<byte> target)
    {
        var local = time.Local;
        WriteDigits(target, local.Year, 4);
        WriteDigits(target[4..], local.Month, 2);
        WriteDigits(target[6..], local.Day, 2);
        if (time.IsDate) return DateLength;

        target[8] = (byte)'T';
        WriteDigits(target[9..], local.Hour, 2);
        WriteDigits(target[11..], local.Minute, 2);
        WriteDigits(target[13..], local.Second, 2);
        if (time.Kind != CalendarTimeKind.Utc) return LocalLength;

        target[15] = (byte)'Z';
        return UtcLength;
    }

    private static bool TryReadDate(ReadOnlySpan<byte> value, out int day)
    {
        day = 0;
        if (value.Length < DateLength) return false;

        var year = (Two(value, 0) * 100) + Two(value, 2);
        var month = Two(value, 4);
        var dayOfMonth = Two(value, 6);
        if (year is < 1 or > 9999 || month is < 1 or > 12 || dayOfMonth < 1 || dayOfMonth > SecondClock.DaysInMonth(year, month)) return false;

        day = SecondClock.DaysOf(year, month, dayOfMonth);
        return true;
    }

    private static bool TryReadTime(ReadOnlySpan<byte> value, out int secondOfDay)
    {
        secondOfDay = 0;
        if (value.Length is not (LocalLength or UtcLength) || (value[8] | 0x20) != 't') return false;
        if (value.Length == UtcLength && (value[15] | 0x20) != 'z') return false;

        var (hour, minute, second) = (Two(value, 9), Two(value, 11), Two(value, 13));
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60) return false;

        // A leap second has no place on this time scale: 60 is read as 59.
        secondOfDay = (hour * 3_600) + (minute * 60) + Math.Min(second, 59);
        return true;
    }

    /// <summary>Two digits as a number; far below zero when one of them is no digit, so that every range check fails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Two(ReadOnlySpan<byte> value, int at)
    {
        var tens = value[at] - '0';
        var ones = value[at + 1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? -100_000 : (tens * 10) + ones;
    }

    private static void WriteDigits(Span<byte> target, int number, int width)
    {
        for (var at = width - 1; at >= 0; at--, number /= 10) target[at] = (byte)('0' + (number % 10));
    }
}
