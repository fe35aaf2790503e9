using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Clutch.Files.Reading;

/// <summary>How a restart knows that the file is still the one it began with.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Head">The beginning of the SHA-256 of its first 4 KiB, in hexadecimal.</param>
/// <param name="Modified">When it was last modified, in ticks (UTC).</param>
internal sealed record FileIdentity(long Length, string Head, long Modified)
{
    private const int HeadLength = 4096;
    private const int HeadDigits = 16;

    public static FileIdentity Of(SafeFileHandle file)
    {
        var head = new byte[HeadLength];
        var length = 0;
        for (int count; length < HeadLength && (count = RandomAccess.Read(file, head.AsSpan(length), length)) > 0;)
            length += count;
        var hash = Convert.ToHexStringLower(SHA256.HashData(head.AsSpan(0, length)))[..HeadDigits];
        return new(RandomAccess.GetLength(file), hash, File.GetLastWriteTimeUtc(file).Ticks);
    }

    /// <summary>What is different about the file that lies there now, or null if it is the same.</summary>
    public string? DifferenceTo(FileIdentity now, bool checksModificationTime)
    {
        if (now.Length != Length)
            return string.Create(CultureInfo.InvariantCulture, $"it had {Length} bytes and now has {now.Length}");
        if (!string.Equals(now.Head, Head, StringComparison.Ordinal))
            return "it begins with other bytes than before";
        return checksModificationTime && now.Modified != Modified ? "it was modified since" : null;
    }
}
