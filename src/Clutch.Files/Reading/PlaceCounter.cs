using System.Text;

namespace Clutch.Files.Reading;

/// <summary>Counts the places of a fixed-width layout that characters take: one each, or their bytes in the file's encoding.</summary>
internal sealed class PlaceCounter
{
    private const int LongestCharacter = 2;
    private readonly Encoding? _encoding;

    /// <exception cref="ArgumentException">Bytes are to be counted, but the encoding switches between character sets.</exception>
    public PlaceCounter(FixedWidthReadOptions options)
    {
        IsUtf8 = options is { Unit: FixedWidthUnit.Bytes, Encoding: null or UTF8Encoding };
        if (options is { Unit: FixedWidthUnit.Bytes, Encoding: { } encoding })
            _encoding = Strict(encoding);
        IsOneForAscii = _encoding is null || _encoding.GetByteCount("0") == 1;
    }

    /// <summary>Whether places are the bytes of UTF-8, which is what records come as.</summary>
    public bool IsUtf8 { get; }

    /// <summary>Whether each character of ASCII takes one place.</summary>
    public bool IsOneForAscii { get; }

    /// <exception cref="EncoderFallbackException">The encoding lacks the character, though its decoder gave it.</exception>
    public int Of(Rune character)
    {
        if (_encoding is null)
            return 1;
        Span<char> chars = stackalloc char[LongestCharacter];
        return _encoding.GetByteCount(chars[..character.EncodeToUtf16(chars)]);
    }

    // A length that is a guess would cut at wrong places without a word.
    private static Encoding Strict(Encoding encoding)
    {
        // Japanese kana are in the Chinese and Korean sets too. Two of them take one escape sequence, and one alone as much.
        if (encoding.GetByteCount("あ") * 2 != encoding.GetByteCount("ああ"))
        {
            throw new ArgumentException(
                $"The bytes of a column cannot be counted in the encoding '{encoding.WebName}', which switches between character sets within a line. " +
                "Count characters, or convert the file first.",
                nameof(encoding));
        }

        var strict = (Encoding)encoding.Clone();
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        return strict;
    }
}
