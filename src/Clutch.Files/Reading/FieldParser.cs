using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Clutch.Files.Reading;

/// <summary>Turns a field's UTF-8 bytes into a value, without a string in between.</summary>
internal static class FieldParser
{
    private const int StackLength = 256;

    // Thousands separators are left out on purpose: '1,5' would pass for 15.
    private const NumberStyles Fractional = NumberStyles.Float;

    // The runtime compiles a copy of its own for each value type, in which the other branches do not exist.
    public static bool TryParse<T>(ReadOnlySpan<byte> text, FieldCulture format, out T value)
        where T : ISpanParsable<T>
    {
        var culture = format.Culture;
        value = default!;
        if (typeof(T) == typeof(int))
            return int.TryParse(text, NumberStyles.Integer, culture, out Unsafe.As<T, int>(ref value));
        if (typeof(T) == typeof(long))
            return long.TryParse(text, NumberStyles.Integer, culture, out Unsafe.As<T, long>(ref value));
        if (typeof(T) == typeof(decimal))
            return decimal.TryParse(text, Fractional, culture, out Unsafe.As<T, decimal>(ref value));
        if (typeof(T) == typeof(double))
            return double.TryParse(text, Fractional, culture, out Unsafe.As<T, double>(ref value));
        if (typeof(T) == typeof(float))
            return float.TryParse(text, Fractional, culture, out Unsafe.As<T, float>(ref value));
        if (typeof(T) == typeof(bool))
            return TryParseBoolean(text, out Unsafe.As<T, bool>(ref value));
        if (typeof(T) == typeof(DateOnly))
            return TryParseDate(text, format, out Unsafe.As<T, DateOnly>(ref value));
        if (typeof(T) == typeof(DateTimeOffset))
            return TryParseInstant(text, format, out Unsafe.As<T, DateTimeOffset>(ref value));
        if (typeof(T) == typeof(DateTime))
            return TryParseUtc(text, format, out Unsafe.As<T, DateTime>(ref value));
        return TryParseChars(text, culture, out value);
    }

    /// <summary>The text as characters, in a buffer of the caller's; false where it is too long for one value or not UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<char> buffer, out ReadOnlySpan<char> chars)
    {
        var status = Utf8.ToUtf16(text, buffer, out _, out var count, replaceInvalidSequences: false);
        chars = buffer[..count];
        return status == OperationStatus.Done;
    }

    private static bool TryParseChars<T>(ReadOnlySpan<byte> text, CultureInfo culture, out T value)
        where T : ISpanParsable<T>
    {
        value = default!;

        // Text of so many bytes has no more characters. What is longer is rare, and may be a value all the same.
        var buffer = text.Length <= StackLength ? stackalloc char[StackLength] : new char[text.Length];
        return TryDecode(text, buffer, out var chars) && T.TryParse(chars, culture, out value!);
    }

    private static bool TryParseBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        value = Is(text, "true"u8) || Is(text, "t"u8) || Is(text, "1"u8) || Is(text, "yes"u8) || Is(text, "y"u8);
        return value || Is(text, "false"u8) || Is(text, "f"u8) || Is(text, "0"u8) || Is(text, "no"u8) || Is(text, "n"u8);
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text, word);

    // Without a culture of its own a file gets ISO 8601 only: '01/02/2026' is a different day on either side of the Atlantic.
    private static bool TryParseDate(ReadOnlySpan<byte> text, FieldCulture format, out DateOnly value)
    {
        if (IsoTime.TryParseDate(text, out value))
            return true;
        return !format.IsInvariant
            && TryDecode(text, stackalloc char[StackLength], out var chars)
            && DateOnly.TryParseExact(chars, format.DatePatterns, format.Culture, DateTimeStyles.AllowWhiteSpaces, out value);
    }

    private static bool TryParseInstant(ReadOnlySpan<byte> text, FieldCulture format, out DateTimeOffset value)
    {
        if (IsoTime.TryParseInstant(text, out value))
            return true;
        return !format.IsInvariant
            && TryDecode(text, stackalloc char[StackLength], out var chars)
            && DateTimeOffset.TryParseExact(chars, format.InstantPatterns, format.Culture, DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.AssumeUniversal, out value);
    }

    private static bool TryParseUtc(ReadOnlySpan<byte> text, FieldCulture format, out DateTime value)
    {
        var isParsed = TryParseInstant(text, format, out var instant);
        value = instant.UtcDateTime;
        return isParsed;
    }
}
