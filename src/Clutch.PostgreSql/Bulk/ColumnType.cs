using Clutch.Relational.Tables;
using Npgsql;

namespace Clutch.PostgreSql.Bulk;

/// <summary>A column's type in the database, which decides how a value is encoded.</summary>
/// <param name="Column">The column.</param>
/// <param name="Oid">The type's number in pg_type.</param>
/// <param name="Name">The type's name, for messages.</param>
internal sealed record ColumnType(string Column, uint Oid, string Name)
{
    /// <summary>What follows the column where its old and its new value are compared.</summary>
    /// <remarks>Texts are compared byte by byte: a column that ignores case calls two equal of which the new one is still to be stored.</remarks>
    public string ComparedAs => Oid switch
    {
        // They have no equality of their own.
        Oids.Json or Oids.Xml => "::text",
        Oids.Text or Oids.VarChar or Oids.Char => " COLLATE \"C\"",
        _ => IsCitext ? "::text COLLATE \"C\"" : string.Empty,
    };

    /// <summary>Whether its binary form is the text itself: of PostgreSQL's own types these few, and enumerations and most types of extensions.</summary>
    /// <remarks>The others have forms of fixed parts: an amount of money, an interval or an address would be made of whatever bytes the text has.</remarks>
    public bool TakesText => Oid is Oids.Text or Oids.VarChar or Oids.Char or Oids.Name or Oids.Json or Oids.Jsonb or Oids.Xml or >= Oids.FirstOfUsers;

    // The type of an extension: its number is another in each database, and its name has the schema before it. It ignores case under every collation.
    private bool IsCitext => Name is "citext" || Name.EndsWith(".citext", StringComparison.Ordinal);

    /// <summary>The types of the columns that a query over no rows answers.</summary>
    public static IReadOnlyList<ColumnType> Read<T>(NpgsqlDataReader rows, TableMap<T> table) =>
        table.Columns.Select((column, i) => new ColumnType(column.Name, rows.GetDataTypeOID(i), rows.GetDataTypeName(i))).ToArray();

    /// <summary>The numbers of PostgreSQL's own types (pg_type.dat): they never change.</summary>
    internal static class Oids
    {
        public const uint Boolean = 16;
        public const uint Bytes = 17;
        public const uint Name = 19;
        public const uint Int64 = 20;
        public const uint Int16 = 21;
        public const uint Int32 = 23;
        public const uint Text = 25;
        public const uint Json = 114;
        public const uint Xml = 142;
        public const uint Single = 700;
        public const uint Double = 701;
        public const uint Char = 1042;
        public const uint VarChar = 1043;
        public const uint Date = 1082;
        public const uint Time = 1083;
        public const uint Timestamp = 1114;
        public const uint TimestampTz = 1184;
        public const uint Numeric = 1700;
        public const uint Uuid = 2950;
        public const uint Jsonb = 3802;

        /// <summary>From here on types are not PostgreSQL's own (FirstNormalObjectId in access/transam.h).</summary>
        public const uint FirstOfUsers = 16_384;
    }
}
