using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Clutch.Files;

/// <summary>What tells a file from another one at a place of it: hashes of its beginning and of what lies just before the place.</summary>
/// <remarks>Each is the beginning of a SHA-256, in hexadecimal. Two small reads answer for a file of any size, though not for each of its bytes.</remarks>
internal static class FileHash
{
    private const int HeadLength = 4096;
    private const int BeforeLength = 256;
    private const int Digits = 16;

    /// <summary>The hash of the file's first 4 KiB.</summary>
    public static string OfHead(SafeFileHandle file) => Of(file, 0, HeadLength);

    /// <summary>The hash of the file's first 4 KiB, or of what lies before the place if that is less.</summary>
    public static string OfHead(SafeFileHandle file, long position) => Of(file, 0, (int)Math.Min(HeadLength, position));

    /// <summary>The hash of the 256 bytes before the place, or of as many as there are.</summary>
    public static string Before(SafeFileHandle file, long position)
    {
        var start = Math.Max(0, position - BeforeLength);
        return Of(file, start, (int)(position - start));
    }

    /// <summary>Whether the first 4 KiB all lie before the place.</summary>
    public static bool IsBehindHead(long position) => position >= HeadLength;

    private static string Of(SafeFileHandle file, long position, int length)
    {
        Span<byte> bytes = stackalloc byte[HeadLength];
        bytes = bytes[..length];
        var filled = 0;
        for (int count; filled < length && (count = RandomAccess.Read(file, bytes[filled..], position + filled)) > 0;)
            filled += count;
        return Convert.ToHexStringLower(SHA256.HashData(bytes[..filled]))[..Digits];
    }
}
