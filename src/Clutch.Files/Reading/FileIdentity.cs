using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Clutch.Files.Reading;

/// <summary>How a restart knows that the file is still the one it began with.</summary>
/// <remarks>
/// Of a plain file only what lies before the checkpoint counts: rows behind it may have been mended, or added, before the restart. A file that
/// must be decompressed or converted up to the checkpoint has to be the same altogether.
/// </remarks>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Head">The beginning of the SHA-256 of its first 4 KiB, or of what lies before the checkpoint if that is less, in hexadecimal.</param>
/// <param name="Modified">When it was last modified, in ticks (UTC).</param>
/// <param name="Before">The same of the 256 bytes before the checkpoint; null where the whole file counts.</param>
internal sealed record FileIdentity(long Length, string Head, long Modified, string? Before = null)
{
    /// <summary>The identity of the whole file.</summary>
    public static FileIdentity Of(SafeFileHandle file) =>
        new(RandomAccess.GetLength(file), FileHash.OfHead(file), File.GetLastWriteTimeUtc(file).Ticks);

    /// <summary>The identity of what lies before a place in the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="position">The place.</param>
    /// <param name="whole">The identity of the whole file: its head is taken over where it lies before the place.</param>
    public static FileIdentity At(SafeFileHandle file, long position, FileIdentity whole) => whole with
    {
        Head = FileHash.IsBehindHead(position) ? whole.Head : FileHash.OfHead(file, position),
        Before = FileHash.Before(file, position),
    };

    /// <summary>What is different about the file that lies there now, or null if it is the same as far as it counts.</summary>
    /// <param name="now">The identity of the file now, taken in the same way.</param>
    /// <param name="position">The checkpoint's place.</param>
    /// <param name="checksModificationTime">Whether a file that counts as a whole must have its old time of modification.</param>
    public string? DifferenceTo(FileIdentity now, long position, bool checksModificationTime)
    {
        if (Before is null ? now.Length != Length : now.Length < position)
            return string.Create(CultureInfo.InvariantCulture, $"it had {Length} bytes and now has {now.Length}");
        if (!string.Equals(now.Head, Head, StringComparison.Ordinal))
            return "it begins with other bytes than before";
        if (Before is not null)
            return string.Equals(now.Before, Before, StringComparison.Ordinal) ? null : "other bytes lie before that place";
        return checksModificationTime && now.Modified != Modified ? "it was modified since" : null;
    }
}
