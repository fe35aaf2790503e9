using System.Data;
using System.Data.Common;
using Clutch.Relational;
using Clutch.Relational.Bulk;
using Clutch.Sqlite.Bulk;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Clutch.Sqlite;

/// <summary>A connection with write transactions, which queue for the file's one writer.</summary>
internal sealed class SqliteSession : RelationalSession
{
    private const string Savepoint = "clutch";

    private readonly SqliteDatabase _database;
    private readonly SqliteConnection _connection;
    private readonly SqliteBulk _bulk;
    private SqliteTransaction? _transaction;
    private bool _hasSavepoint;

    public SqliteSession(SqliteDatabase database, SqliteConnection connection)
        : base(database)
    {
        _database = database;
        _connection = connection;
        _bulk = new(database, connection);
    }

    public override DbConnection Connection => _connection;

    public override DbTransaction? Transaction => _transaction;

    public override IBulkOperations Bulk => _bulk;

    public override bool IsUsable => _connection.State == ConnectionState.Open && _transaction is null;

    public override async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        await _database.EnterWriterAsync(cancellationToken);
        try
        {
            _transaction = _connection.BeginTransaction(deferred: false);
        }
        catch (SqliteException fault)
        {
            _database.LeaveWriter();
            if (_database.Explain(fault) is { } explained)
                throw explained;
            throw;
        }
    }

    public override async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _transaction!.CommitAsync(cancellationToken);
        }
        catch (SqliteException fault) when (_database.Explain(fault) is not null)
        {
            throw _database.Explain(fault)!;
        }

        await EndAsync();
    }

    public override async ValueTask<string?> CommitGuardedAsync(Statement guard, Statement? other, CancellationToken cancellationToken)
    {
        // Outside of a transaction each statement commits by itself: the guard would store a checkpoint for data that is gone.
        if (raw.sqlite3_get_autocommit(_connection.Handle) != 0)
            throw TransactionEnded();
        var answer = await RunAsync(guard, Rows.Text, cancellationToken);
        if (answer is null)
        {
            await RollbackAsync(cancellationToken);
            return null;
        }

        if (other is not null)
            await RunAsync(other, Rows.Affected, cancellationToken);
        await CommitAsync(cancellationToken);
        return answer;
    }

    public override async ValueTask SetSavepointAsync(CancellationToken cancellationToken)
    {
        if (_hasSavepoint)
            await _transaction!.ReleaseAsync(Savepoint, cancellationToken);
        await _transaction!.SaveAsync(Savepoint, cancellationToken);
        _hasSavepoint = true;
    }

    public override async ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken) => await _transaction!.RollbackAsync(Savepoint, cancellationToken);

    public override async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        if (_transaction is null)
            return;
        try
        {
            // SQLite ends some transactions itself, on a full disk for one; the driver notices and has nothing left to undo.
            if (_transaction.Connection is not null)
                await _transaction.RollbackAsync(cancellationToken);
        }
        finally
        {
            await EndAsync();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await RollbackAsync(CancellationToken.None);
        _bulk.Dispose();
        await _connection.DisposeAsync();
    }

    private async ValueTask EndAsync()
    {
        _hasSavepoint = false;
        if (_transaction is not { } transaction)
            return;
        _transaction = null;
        try
        {
            await transaction.DisposeAsync();
        }
        finally
        {
            _database.LeaveWriter();
        }
    }
}
