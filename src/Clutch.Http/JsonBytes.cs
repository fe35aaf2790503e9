namespace Clutch.Http;

/// <summary>JSON in UTF-8 as servers send it.</summary>
internal static class JsonBytes
{
    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>What follows a byte order mark, which a parser may ignore (RFC 8259, 8.1); ours refuses it.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> json) => json.StartsWith(Mark) ? json[Mark.Length..] : json;
}
