using System.Text;

namespace CalendarSync.Jobs;

/// <summary>The encoding that a Content-Type names.</summary>
internal static class Charset
{
    /// <summary>The encoding, or null: UTF-8, or none that we know.</summary>
    public static Encoding? Find(string? name)
    {
        var plain = name?.Trim('"', '\'', ' ');
        if (string.IsNullOrEmpty(plain) || plain.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) return null;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(plain) ?? Encoding.GetEncoding(plain);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            // An encoding that nobody knows, or that is not safe to read (UTF-7): the bytes are read as UTF-8, and what is none is told as a warning.
            return null;
        }
    }
}
