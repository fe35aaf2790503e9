using System.Globalization;
using Clutch.Relational.Tables;

namespace Clutch.Sqlite.Bulk;

/// <summary>The statements for one table map, made once. Parameters are numbered in the order of the columns they bind.</summary>
internal sealed record TablePlan
{
    public required string Insert { get; init; }

    public required string Upsert { get; init; }

    public required string Update { get; init; }

    public required string Delete { get; init; }

    /// <summary>A query that tells the columns' declared types; it is never run.</summary>
    public static string Describe<T>(string table, IReadOnlyList<ColumnMap<T>> columns) => $"SELECT {List(columns)} FROM {Quote(table)}";

    public static TablePlan For<T>(TableMap<T> table)
    {
        var target = Quote(table.Table);
        var insert = $"INSERT INTO {target} AS old ({List(table.Columns)}) VALUES ({Numbered(table.Columns, table.Columns, ", ", "?{1}")})";
        var isKey = Numbered(table.Keys, table.Columns, " AND ", "{0} = ?{1}");
        return new()
        {
            Insert = insert,
            Upsert = $"{insert} ON CONFLICT ({List(table.Keys)}) {OnConflict(table)}",
            Update = $"""
                UPDATE {target}
                SET {Numbered(table.Others, table.Columns, ", ", "{0} = ?{1}")}
                WHERE {isKey} AND ({Numbered(table.Others, table.Columns, " OR ", "{0} COLLATE BINARY IS NOT ?{1}")})
                """,
            Delete = $"DELETE FROM {target} WHERE {Numbered(table.Keys, table.Keys, " AND ", "{0} = ?{1}")}",
        };
    }

    // A column that ignores case (COLLATE NOCASE) calls two texts equal of which the new one is still to be stored: values are compared byte by byte.
    private static string OnConflict<T>(TableMap<T> table) => table.Others.Count == 0
        ? "DO NOTHING"
        : $"DO UPDATE SET {Numbered(table.Others, table.Columns, ", ", "{0} = excluded.{0}")} WHERE {Numbered(table.Others, table.Columns, " OR ", "old.{0} COLLATE BINARY IS NOT excluded.{0}")}";

    private static string List<T>(IReadOnlyList<ColumnMap<T>> columns) => string.Join(", ", columns.Select(column => Quote(column.Name)));

    private static string Numbered<T>(IReadOnlyList<ColumnMap<T>> columns, IReadOnlyList<ColumnMap<T>> order, string separator, string format) =>
        string.Join(separator, columns.Select(column => string.Format(CultureInfo.InvariantCulture, format, Quote(column.Name), order.ToList().IndexOf(column) + 1)));

    private static string Quote(string identifier) => SqliteDatabase.QuoteIdentifier(identifier);
}
