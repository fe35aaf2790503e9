namespace Clutch.Sqlite.Bulk;

/// <summary>What a column's declared type means for the form of a value (SQLite manual, "Datatypes In SQLite", 3.1).</summary>
/// <param name="Column">The column.</param>
/// <param name="IsInteger">Instants, dates and times lie there as numbers: milliseconds since 1970, days since 1970, milliseconds since midnight.</param>
/// <param name="IsReal">Decimals lie there as floating-point numbers as far as those hold them.</param>
/// <param name="IsBlob">GUIDs lie there as 16 bytes.</param>
internal sealed record ColumnKind(string Column, bool IsInteger, bool IsReal, bool IsBlob)
{
    public static ColumnKind Of(string column, string? declared)
    {
        var type = (declared ?? string.Empty).ToUpperInvariant();
        var isInteger = type.Contains("INT", StringComparison.Ordinal);
        var isText = type.Contains("CHAR", StringComparison.Ordinal) || type.Contains("CLOB", StringComparison.Ordinal) || type.Contains("TEXT", StringComparison.Ordinal);
        var isBlob = type.Contains("BLOB", StringComparison.Ordinal);
        return new(column, isInteger, IsReal: !isInteger && !isText && !isBlob && IsNumeric(type), IsBlob: !isInteger && !isText && isBlob);
    }

    private static bool IsNumeric(string type) =>
        type.Contains("REAL", StringComparison.Ordinal) || type.Contains("FLOA", StringComparison.Ordinal) || type.Contains("DOUB", StringComparison.Ordinal) ||
        type.Contains("NUM", StringComparison.Ordinal) || type.Contains("DEC", StringComparison.Ordinal);
}
