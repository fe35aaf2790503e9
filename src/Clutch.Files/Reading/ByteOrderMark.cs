namespace Clutch.Files.Reading;

/// <summary>The mark with which a text file may begin.</summary>
internal static class ByteOrderMark
{
    /// <summary>The most bytes needed to tell.</summary>
    public const int Length = 3;

    private static ReadOnlySpan<byte> Utf8 => [0xEF, 0xBB, 0xBF];

    private static ReadOnlySpan<byte> Utf16LittleEndian => [0xFF, 0xFE];

    private static ReadOnlySpan<byte> Utf16BigEndian => [0xFE, 0xFF];

    /// <summary>How many bytes at the front are a mark of UTF-8.</summary>
    /// <exception cref="InvalidDataException">It is a mark of UTF-16.</exception>
    public static int LengthIn(ReadOnlySpan<byte> front, string fileName)
    {
        if (front.StartsWith(Utf16LittleEndian) || front.StartsWith(Utf16BigEndian))
        {
            throw new InvalidDataException(
                $"'{fileName}' begins with the byte order mark of UTF-16, but is read as UTF-8. Set 'Encoding' to Encoding.Unicode or Encoding.BigEndianUnicode.");
        }

        return front.StartsWith(Utf8) ? Utf8.Length : 0;
    }
}
