using System.Globalization;
using Clutch.Relational.Tables;

namespace Clutch.PostgreSql.Bulk;

/// <summary>The statements for one table map, made once.</summary>
internal sealed record TablePlan
{
    public required IReadOnlyList<ColumnType> Types { get; init; }

    public required IReadOnlyList<ColumnType> KeyTypes { get; init; }

    /// <summary>COPY into the table itself.</summary>
    public required string Copy { get; init; }

    /// <summary>A temporary table with all columns.</summary>
    public required StagePlan Stage { get; init; }

    /// <summary>A temporary table with the key only.</summary>
    public required StagePlan KeyStage { get; init; }

    /// <summary>An upsert that looks first, so that unchanged rows are only read: for chunks of which little changed.</summary>
    public required string UpsertSome { get; init; }

    /// <summary>An upsert that does not look first, and locks unchanged rows instead of only reading them: for chunks of which most changed.</summary>
    public required string UpsertMost { get; init; }

    public required string Update { get; init; }

    public required string Delete { get; init; }

    /// <summary>A query over no rows, which tells the columns' types.</summary>
    public static string Describe<T>(TableMap<T> table) => $"SELECT {List(table.Columns)} FROM {Quote(table.Table)} LIMIT 0";

    public static TablePlan For<T>(TableMap<T> table, IReadOnlyList<ColumnType> types)
    {
        var target = Quote(table.Table);
        var stage = StagePlan.For(target, List(table.Columns));
        var keyStage = StagePlan.For(target, List(table.Keys.Count > 0 ? table.Keys : table.Columns));
        return new()
        {
            Types = types,
            KeyTypes = types.Where(type => table.Keys.Any(key => string.Equals(key.Name, type.Column, StringComparison.Ordinal))).ToArray(),
            Copy = $"COPY {target} ({List(table.Columns)}) FROM STDIN (FORMAT BINARY)",
            Stage = stage,
            KeyStage = keyStage,
            UpsertSome = UpsertSomeOf(stage.Name, target, table, types),
            UpsertMost = UpsertMostOf(stage.Name, target, table, types),
            Update = UpdateFrom(stage.Name, target, table, types),
            Delete = $"""
                DELETE FROM {target} AS old
                USING {keyStage.Name} AS new
                WHERE {Pairs(table.Keys, " AND ", "old.{0} = new.{0}")}
                """,
        };
    }

    // The lateral query keeps unchanged rows away from ON CONFLICT, which would lock each of them, a page written for nothing. LIMIT keeps it a look-up by key:
    // a join of a temporary table without statistics might read the whole target. The guard behind it is for rows that change between look-up and update.
    private static string UpsertSomeOf<T>(string stage, string target, TableMap<T> table, IReadOnlyList<ColumnType> types) => $"""
        INSERT INTO {target} AS old ({List(table.Columns)})
        SELECT {Pairs(table.Columns, ", ", "new.{0}")}
        FROM {stage} AS new
        LEFT JOIN LATERAL (
            SELECT true AS present
            FROM {target} AS old
            WHERE {Pairs(table.Keys, " AND ", "old.{0} = new.{0}")}{Unchanged(table, types)}
            LIMIT 1) AS same ON true
        WHERE same.present IS NULL
        ON CONFLICT ({List(table.Keys)}) {OnConflict(table, types)}
        """;

    private static string UpsertMostOf<T>(string stage, string target, TableMap<T> table, IReadOnlyList<ColumnType> types) => $"""
        INSERT INTO {target} AS old ({List(table.Columns)})
        SELECT {List(table.Columns)}
        FROM {stage}
        ON CONFLICT ({List(table.Keys)}) {OnConflict(table, types)}
        """;

    private static string OnConflict<T>(TableMap<T> table, IReadOnlyList<ColumnType> types) => table.Others.Count == 0
        ? "DO NOTHING"
        : $"DO UPDATE SET {Pairs(table.Others, ", ", "{0} = excluded.{0}")} WHERE {Differences(table, types, "excluded")}";

    private static string UpdateFrom<T>(string stage, string target, TableMap<T> table, IReadOnlyList<ColumnType> types) => $"""
        UPDATE {target} AS old
        SET {Pairs(table.Others, ", ", "{0} = new.{0}")}
        FROM {stage} AS new
        WHERE {Pairs(table.Keys, " AND ", "old.{0} = new.{0}")} AND ({Differences(table, types, "new")})
        """;

    private static string Unchanged<T>(TableMap<T> table, IReadOnlyList<ColumnType> types) =>
        table.Others.Count == 0 ? string.Empty : $" AND NOT ({Differences(table, types, "new")})";

    private static string Differences<T>(TableMap<T> table, IReadOnlyList<ColumnType> types, string source) => string.Join(
        " OR ",
        table.Others.Select(column => Difference(column.Name, types.First(type => string.Equals(type.Column, column.Name, StringComparison.Ordinal)).ComparedAs, source)));

    private static string Difference(string column, string comparedAs, string source) =>
        $"old.{Quote(column)}{comparedAs} IS DISTINCT FROM {source}.{Quote(column)}{comparedAs}";

    private static string List<T>(IReadOnlyList<ColumnMap<T>> columns) => Pairs(columns, ", ", "{0}");

    private static string Pairs<T>(IReadOnlyList<ColumnMap<T>> columns, string separator, string format) =>
        string.Join(separator, columns.Select(column => string.Format(CultureInfo.InvariantCulture, format, Quote(column.Name))));

    private static string Quote(string identifier) => PostgreSqlDatabase.QuoteIdentifier(identifier);
}

/// <summary>A temporary table that takes a chunk on its way.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Create">Makes it, with the columns' types and no constraints, and readies the session for it.</param>
/// <param name="Copy">COPY into it.</param>
/// <param name="Empty">Empties it for a second operation in the same transaction.</param>
internal sealed record StagePlan(string Name, string Create, string Copy, string Empty)
{
    public static StagePlan For(string target, string columns)
    {
        var name = $"clutch_stage_{Fingerprint(target + columns):x16}";
        return new(
            name,
            // A look-up per row looks costly to the planner, and compiling it would take longer than running it.
            $"SET jit = off; CREATE TEMPORARY TABLE IF NOT EXISTS {name} ON COMMIT DELETE ROWS AS SELECT {columns} FROM {target} WITH NO DATA",
            $"COPY {name} ({columns}) FROM STDIN (FORMAT BINARY)",
            $"TRUNCATE {name}");
    }

    // FNV-1a, the same in every process, unlike string.GetHashCode.
    private static ulong Fingerprint(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text)
            hash = unchecked((hash ^ character) * 1099511628211UL);
        return hash;
    }
}
