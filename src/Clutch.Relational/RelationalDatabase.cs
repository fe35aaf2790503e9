using System.Data.Common;
using Clutch.Relational.Migrations;
using Clutch.Repository;

namespace Clutch.Relational;

/// <summary>A database as Clutch uses it: connections, sessions with transactions, and what its faults mean. Each store brings its own.</summary>
public abstract class RelationalDatabase : IAsyncDisposable
{
    /// <summary>Which database it is, for messages: no secrets in it.</summary>
    public abstract string Description { get; }

    /// <summary>Which kind of database it is, such as <c>PostgreSql</c> or <c>Sqlite</c>: by it, rooms that stand on several stores choose their whole statements.</summary>
    public abstract string Product { get; }

    /// <summary>A migrator for one more part of the schema, under the same lock and in the same record as the store's own.</summary>
    /// <param name="part">The part, such as <c>outbox</c>: each counts on its own.</param>
    /// <param name="migrations">Its migrations in this store's SQL, in order.</param>
    public abstract Migrator MigratorFor(string part, IReadOnlyList<Migration> migrations);

    /// <summary>Opens a connection for reading.</summary>
    /// <exception cref="RepositoryException">The database cannot be reached or opened.</exception>
    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(cancellationToken);
        }
        catch (Exception fault) when (Explain(fault) is not null)
        {
            throw Explain(fault)!;
        }
    }

    /// <summary>Opens a session: one connection with transactions, one at a time.</summary>
    /// <exception cref="RepositoryException">The database cannot be reached or opened.</exception>
    public abstract ValueTask<RelationalSession> OpenSessionAsync(CancellationToken cancellationToken);

    /// <summary>Runs a command that only reads.</summary>
    public async ValueTask<TResult> QueryAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await RunAsync(connection, statement, read, cancellationToken);
    }

    /// <summary>Runs a command that changes data, all its statements or none.</summary>
    public abstract ValueTask<TResult> ChangeAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken);

    /// <summary>The statement that tells processes of a topic (<see cref="ISignals"/>) as soon as its transaction is committed; null where the database cannot, as SQLite.</summary>
    public virtual Statement? Signal(string topic) => null;

    /// <summary>Whether repeating the work may help: a broken connection, a deadlock, a busy file; not a violated constraint or bad data.</summary>
    public abstract bool IsTransient(Exception fault);

    /// <summary>The fault as one clear sentence where a person must act on it, else null.</summary>
    public abstract RepositoryException? Explain(Exception fault);

    /// <summary>Puts an identifier into quotes, part by part where it is qualified: <c>sales.product</c> names a schema and a table.</summary>
    public abstract string Quote(string identifier);

    /// <summary>Binds a value in this store's own form.</summary>
    public abstract DbParameter Bind(DbParameter parameter, object? value);

    /// <summary>Reads an instant that this store wrote.</summary>
    public abstract DateTimeOffset ReadInstant(DbDataReader row, int ordinal);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Runs a command on a connection and reads its answer to the end.</summary>
    /// <exception cref="RepositoryException">The fault is one on which a person must act.</exception>
    public async ValueTask<TResult> RunAsync<TResult>(DbConnection connection, Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = CreateCommand(connection, statement);
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            var result = await read(rows, cancellationToken);
            while (await rows.NextResultAsync(cancellationToken))
            {
                // SQLite runs a later statement only when it is asked for.
            }

            return result;
        }
        catch (DbException fault) when (Explain(fault) is not null)
        {
            throw Explain(fault)!;
        }
    }

    /// <summary>Opens a connection, with this store's settings on it.</summary>
    protected abstract ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    private DbCommand CreateCommand(DbConnection connection, Statement statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Text;
        if (!statement.HasTimeout)
            command.CommandTimeout = 0;
        foreach (var (name, value) in statement.Parameters)
        {
            var parameter = command.CreateParameter();
            // As the text has it: Microsoft.Data.Sqlite would look for a bare name under each of its prefixes, with new strings for each try.
            parameter.ParameterName = $"@{name}";
            command.Parameters.Add(Bind(parameter, value));
        }

        return command;
    }
}
