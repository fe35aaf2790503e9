using System.Globalization;
using System.Text.RegularExpressions;
using Clutch.Items;
using Clutch.Relational.Bulk;
using Clutch.Relational.Tables;
using Npgsql;

namespace Clutch.PostgreSql.Bulk;

/// <summary>Bulk operations by binary COPY: into the table itself, or into a temporary table and from there in one statement.</summary>
internal sealed partial class PostgreSqlBulk(PostgreSqlDatabase database, NpgsqlConnection connection) : IBulkOperations
{
    // What is prepared for a map holds for one database: another one may type its columns differently.
    private readonly PostgreSqlDatabase _database = database;
    private readonly HashSet<string> _stages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _filled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changing = new(StringComparer.Ordinal);
    private readonly CopyEncoder _encoder = new();

    public async ValueTask<int> InsertAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        if (items.IsEmpty)
            return 0;
        var plan = await PlanAsync(table, cancellationToken);
        await CopyAsync(plan.Copy, table.Columns, plan.Types, items, places: null, cancellationToken);
        return items.Length;
    }

    public async ValueTask<int> UpsertAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        table.ThrowIfKeyless("upsert");
        if (items.IsEmpty)
            return 0;
        var plan = await PlanAsync(table, cancellationToken);
        await StageAsync(plan.Stage, table.Columns, plan.Types, items, KeyOrder.Of(table, items.Span), cancellationToken);
        var changed = await ExecuteAsync(_changing.Contains(plan.Stage.Name) ? plan.UpsertMost : plan.UpsertSome, cancellationToken);
        NoteChanges(plan.Stage.Name, changed, items.Length);
        return changed;
    }

    public async ValueTask<int> UpdateAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        table.ThrowIfKeyless("update");
        if (items.IsEmpty)
            return 0;
        var plan = await PlanAsync(table, cancellationToken);
        await StageAsync(plan.Stage, table.Columns, plan.Types, items, KeyOrder.Of(table, items.Span), cancellationToken);
        return await ExecuteAsync(plan.Update, cancellationToken);
    }

    public async ValueTask<int> DeleteAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken)
    {
        table.ThrowIfKeyless("delete");
        if (items.IsEmpty)
            return 0;
        var plan = await PlanAsync(table, cancellationToken);
        await StageAsync(plan.KeyStage, table.Keys, plan.KeyTypes, items, KeyOrder.Of(table, items.Span), cancellationToken);
        return await ExecuteAsync(plan.Delete, cancellationToken);
    }

    /// <summary>A return to a savepoint may have undone the temporary tables, or only that they were emptied: then they hold the rows of an earlier part again.</summary>
    public void ReturnToSavepoint() => _stages.Clear();

    /// <summary>A rollback may have undone the temporary tables; those that stay are empty.</summary>
    public void Forget()
    {
        _stages.Clear();
        _filled.Clear();
    }

    /// <summary>The temporary tables empty themselves at the end of a transaction.</summary>
    public void EndTransaction() => _filled.Clear();

    // One chunk tells how the next will be: looking first halves the time of a chunk without changes, and costs half as much again where all rows change.
    private void NoteChanges(string stage, int changed, int count)
    {
        if (changed * 2 > count)
            _changing.Add(stage);
        else
            _changing.Remove(stage);
    }

    private async ValueTask<TablePlan> PlanAsync<T>(TableMap<T> table, CancellationToken cancellationToken)
    {
        if (table.FindPrepared<TablePlan>(_database) is { } known)
            return known;
        await using var command = new NpgsqlCommand(TablePlan.Describe(table), connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        return table.KeepPrepared(_database, TablePlan.For(table, ColumnType.Read(rows, table)));
    }

    private async ValueTask StageAsync<T>(
        StagePlan stage, IReadOnlyList<ColumnMap<T>> columns, IReadOnlyList<ColumnType> types, ReadOnlyMemory<T> items, int[]? places, CancellationToken cancellationToken)
    {
        if (!_stages.Contains(stage.Name))
        {
            await ExecuteAsync(stage.Create, cancellationToken);
            _stages.Add(stage.Name);
        }

        if (!_filled.Add(stage.Name))
            await ExecuteAsync(stage.Empty, cancellationToken);
        await CopyAsync(stage.Copy, columns, types, items, places, cancellationToken);
    }

    private async ValueTask CopyAsync<T>(
        string copy, IReadOnlyList<ColumnMap<T>> columns, IReadOnlyList<ColumnType> types, ReadOnlyMemory<T> items, int[]? places, CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync(copy, cancellationToken);
        try
        {
            await SendAsync(stream, columns, types, items, places, cancellationToken);
            // Ends the COPY and waits for its outcome.
            await stream.DisposeAsync();
        }
        catch (PostgresException fault) when (_database.Explain(fault) is not null)
        {
            throw _database.Explain(fault)!;
        }
        catch (PostgresException fault) when (IsOfRow(fault) && LineOf(fault) is { } line)
        {
            throw new ItemWriteException(places is null ? line - 1 : places[line - 1], fault);
        }
        catch (Exception fault) when (fault is not PostgresException)
        {
            await CancelAsync(stream);
            throw;
        }
    }

    private async ValueTask SendAsync<T>(
        NpgsqlRawCopyStream stream, IReadOnlyList<ColumnMap<T>> columns, IReadOnlyList<ColumnType> types, ReadOnlyMemory<T> items, int[]? places,
        CancellationToken cancellationToken)
    {
        _encoder.Begin(types);
        var count = places?.Length ?? items.Length;
        for (var next = 0; next < count;)
        {
            next = _encoder.Fill(columns, items.Span, places, next, count);
            if (next == count)
                _encoder.End();
            await stream.WriteAsync(_encoder.Filled, cancellationToken);
            // The server works on it while the next rows are encoded.
            await stream.FlushAsync(cancellationToken);
            _encoder.Clear();
        }
    }

    private static async ValueTask CancelAsync(NpgsqlRawCopyStream stream)
    {
        try
        {
            await stream.CancelAsync();
        }
        catch (Exception fault) when (fault is NpgsqlException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // The connection broke, or the COPY had ended: the fault that brought us here says more.
        }
    }

    private async ValueTask<int> ExecuteAsync(string text, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(text, connection);
        return Math.Max(0, await command.ExecuteNonQueryAsync(cancellationToken));
    }

    // The server names the row it was at for faults of its own, too. 25, 40: the transaction; 53, 55, 57, 58, XX: the server.
    private static bool IsOfRow(PostgresException fault) => fault.SqlState[..2] is not ("25" or "40" or "53" or "55" or "57" or "58" or "XX");

    // "COPY product, line 57, column price": lines of a binary COPY are rows.
    private static int? LineOf(PostgresException fault) =>
        fault.Where is { } where && CopyLine().Match(where) is { Success: true } match ? int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"^COPY \S.*?, line (?<line>\d+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CopyLine();
}
