using Clutch.Relational.Tables;
using Npgsql;

namespace Clutch.PostgreSql.Bulk;

/// <summary>A column's type in the database, which decides how a value is encoded.</summary>
/// <param name="Column">The column.</param>
/// <param name="Oid">The type's number in pg_type.</param>
/// <param name="Name">The type's name, for messages.</param>
internal sealed record ColumnType(string Column, uint Oid, string Name)
{
    /// <summary>Whether the type has an equality of its own; json and xml have none.</summary>
    public bool IsComparable => Oid is not (Oids.Json or Oids.Xml);

    /// <summary>The types of the columns that a query over no rows answers.</summary>
    public static IReadOnlyList<ColumnType> Read<T>(NpgsqlDataReader rows, TableMap<T> table) =>
        table.Columns.Select((column, i) => new ColumnType(column.Name, rows.GetDataTypeOID(i), rows.GetDataTypeName(i))).ToArray();

    /// <summary>The numbers of PostgreSQL's own types (pg_type.dat): they never change.</summary>
    internal static class Oids
    {
        public const uint Boolean = 16;
        public const uint Bytes = 17;
        public const uint Int64 = 20;
        public const uint Int16 = 21;
        public const uint Int32 = 23;
        public const uint Json = 114;
        public const uint Xml = 142;
        public const uint Single = 700;
        public const uint Double = 701;
        public const uint Date = 1082;
        public const uint Time = 1083;
        public const uint Timestamp = 1114;
        public const uint TimestampTz = 1184;
        public const uint Numeric = 1700;
        public const uint Uuid = 2950;
        public const uint Jsonb = 3802;
    }
}
