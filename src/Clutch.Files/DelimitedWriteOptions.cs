namespace Clutch.Files;

/// <summary>How a delimited file is written. The defaults are RFC 4180 with a header, but with LF for line ends.</summary>
public sealed record DelimitedWriteOptions : FileWriteOptions
{
    /// <summary>What stands between two fields: one character or more, a comma by default.</summary>
    public string Delimiter
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = ",";

    /// <summary>The quotation mark, an ASCII character, <c>"</c> by default.</summary>
    public char Quote { get; init; } = '"';

    /// <summary>Whether the first line names the columns; true by default.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The line end: <c>\n</c>, the default, <c>\r\n</c> or <c>\r</c>.</summary>
    public string NewLine
    {
        get;
        init => field = value is "\n" or "\r\n" or "\r"
            ? value
            : throw new ArgumentException("The line end is none of LF, CR LF and CR. Set 'NewLine' to one of them.", nameof(value));
    } = "\n";

    /// <summary>Whether the file begins with the byte order mark of UTF-8, which some spreadsheets want; false by default.</summary>
    public bool HasByteOrderMark { get; init; }
}
