using System.Data.Common;
using Clutch.Relational;

namespace Clutch.Server.Storage;

/// <summary>Columns that may be null.</summary>
internal static class NullableColumns
{
    public static string? Text(this DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);

    public static DateTimeOffset? Instant(this DbDataReader row, int ordinal, RelationalDatabase database) =>
        row.IsDBNull(ordinal) ? null : database.ReadInstant(row, ordinal);
}
