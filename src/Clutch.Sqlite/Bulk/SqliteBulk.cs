using Clutch.Items;
using Clutch.Relational.Bulk;
using Clutch.Relational.Tables;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Clutch.Sqlite.Bulk;

/// <summary>Bulk operations by one prepared statement, run row by row without a driver in between.</summary>
internal sealed class SqliteBulk(SqliteDatabase database, SqliteConnection connection) : IBulkOperations, IDisposable
{
    private readonly Dictionary<string, BoundStatement> _statements = new(StringComparer.Ordinal);

    public ValueTask<int> InsertAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Run(table, PlanOf(table).Insert, table.Columns, items.Span, places: null, cancellationToken));

    public ValueTask<int> UpsertAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        table.ThrowIfKeyless("upsert");
        return ValueTask.FromResult(Run(table, PlanOf(table).Upsert, table.Columns, items.Span, KeyOrder.Of(table, items.Span), cancellationToken));
    }

    public ValueTask<int> UpdateAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        table.ThrowIfKeyless("update");
        return ValueTask.FromResult(Run(table, PlanOf(table).Update, table.Columns, items.Span, KeyOrder.Of(table, items.Span), cancellationToken));
    }

    public ValueTask<int> DeleteAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        table.ThrowIfKeyless("delete");
        return ValueTask.FromResult(Run(table, PlanOf(table).Delete, table.Keys, items.Span, KeyOrder.Of(table, items.Span), cancellationToken));
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
    }

    private TablePlan PlanOf<T>(TableMap<T> table) => table.FindPrepared<TablePlan>(database) ?? table.KeepPrepared(database, TablePlan.For(table));

    private int Run<T>(TableMap<T> table, string text, IReadOnlyList<ColumnMap<T>> columns, ReadOnlySpan<T> items, int[]? places, CancellationToken cancellationToken)
    {
        if (items.IsEmpty)
            return 0;
        cancellationToken.ThrowIfCancellationRequested();
        var statement = StatementFor(text, table, columns);
        var changes = 0;
        var count = places?.Length ?? items.Length;
        for (var i = 0; i < count; i++)
        {
            var place = places is null ? i : places[i];
            changes += RunRow(statement, columns, items[place], place);
        }

        return changes;
    }

    private int RunRow<T>(BoundStatement statement, IReadOnlyList<ColumnMap<T>> columns, T item, int place)
    {
        try
        {
            statement.Begin();
            for (var i = 0; i < columns.Count; i++)
                columns[i].Write(item, statement);
            return statement.Run();
        }
        catch (SqliteException fault) when (SqliteFaults.IsTransient(fault))
        {
            throw;
        }
        catch (SqliteException fault) when (database.Explain(fault) is not null)
        {
            throw database.Explain(fault)!;
        }
        catch (Exception fault) when (fault is SqliteException or FormatException or OverflowException or InvalidCastException or ArgumentException)
        {
            throw new ItemWriteException(place, fault);
        }
    }

    private BoundStatement StatementFor<T>(string text, TableMap<T> table, IReadOnlyList<ColumnMap<T>> columns)
    {
        if (!_statements.TryGetValue(text, out var statement))
            _statements.Add(text, statement = new(connection, text, ColumnKinds(table, columns)));
        return statement;
    }

    private ColumnKind[] ColumnKinds<T>(TableMap<T> table, IReadOnlyList<ColumnMap<T>> columns)
    {
        using var query = new PreparedStatement(connection, TablePlan.Describe(table.Table, columns));
        var kinds = new ColumnKind[columns.Count];
        for (var i = 0; i < kinds.Length; i++)
            kinds[i] = ColumnKind.Of(columns[i].Name, raw.sqlite3_column_decltype(query.Handle, i).utf8_to_string());
        return kinds;
    }
}
