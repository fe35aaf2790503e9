using System.Globalization;
using System.Text;

namespace Clutch.Files;

/// <summary>How a delimited file is read. The defaults are RFC 4180 with a header.</summary>
public sealed record DelimitedReadOptions : FileReadOptions
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

    /// <summary>The quotation mark, an ASCII character, <c>"</c> by default; null for files without quoting.</summary>
    /// <remarks>Only at the beginning of a field does it open a quoted one; elsewhere in an unquoted field it is an ordinary character.</remarks>
    public char? Quote { get; init; } = '"';

    /// <summary>Whether the first record names the columns; true by default. Without it columns go by their place.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>Whether blanks around unquoted values are removed; false by default, as RFC 4180 wants it.</summary>
    public bool Trims { get; init; }

    /// <summary>Columns that the header must have, checked when a file is opened; none by default.</summary>
    /// <remarks>
    /// The convention form knows them by itself. A mapping written as a lambda finds a missing column with the first record, so a file with a wrong
    /// header and no records passes unless its columns are named here.
    /// </remarks>
    public IReadOnlyList<string> RequiredColumns
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = [];

    /// <summary>The culture of numbers and dates, invariant by default.</summary>
    /// <remarks>Thousands separators are refused in every culture: they turn a misplaced decimal comma into a factor of a thousand.</remarks>
    public CultureInfo Culture
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = CultureInfo.InvariantCulture;

    internal byte[] DelimiterBytes => Encoding.UTF8.GetBytes(Delimiter);
}

/// <summary>What delimiter and quotation mark must be, to reader and writer alike.</summary>
internal static class DelimitedSyntax
{
    public static void Validate(string delimiter, char? quote)
    {
        if (delimiter.AsSpan().ContainsAny('\r', '\n'))
            throw new ArgumentException("The delimiter holds a line break, which ends a record. Choose another one.", nameof(delimiter));
        if (quote is not { } mark)
            return;
        if (!char.IsAscii(mark) || mark is '\r' or '\n')
            throw new ArgumentException($"The quotation mark '{mark}' is not an ASCII character other than a line break. Choose another one.", nameof(quote));
        if (delimiter.Contains(mark, StringComparison.Ordinal))
            throw new ArgumentException($"The delimiter '{delimiter}' holds the quotation mark '{mark}'. Choose different ones.", nameof(delimiter));
    }
}
