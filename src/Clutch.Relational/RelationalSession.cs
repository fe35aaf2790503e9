using System.Data.Common;
using Clutch.Relational.Bulk;

namespace Clutch.Relational;

/// <summary>One connection with transactions, one at a time. Each store brings its own.</summary>
public abstract class RelationalSession(RelationalDatabase database) : IAsyncDisposable
{
    /// <summary>The database it belongs to.</summary>
    public RelationalDatabase Database { get; } = database;

    /// <summary>The connection.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>The transaction at hand, or null outside of one.</summary>
    public abstract DbTransaction? Transaction { get; }

    /// <summary>Whole bulk operations within the transaction at hand.</summary>
    public abstract IBulkOperations Bulk { get; }

    /// <summary>Whether another transaction can begin on this connection.</summary>
    public abstract bool IsUsable { get; }

    /// <summary>How long the server lets one statement of a transaction run, and an open transaction wait for its next statement, before it undoes the transaction by itself; null, the default, for the server's own setting.</summary>
    /// <remarks>Set it before <see cref="BeginAsync"/>. It is for short transactions that lock what others wait for: their locks end although the process stands still. A store without a server does nothing about it.</remarks>
    public TimeSpan? ServerLimit { get; set; }

    /// <summary>Begins a transaction that may write.</summary>
    public abstract ValueTask BeginAsync(CancellationToken cancellationToken);

    /// <summary>Runs a command within the transaction.</summary>
    public ValueTask<TResult> RunAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken) =>
        Database.RunAsync(Connection, statement, read, cancellationToken);

    /// <summary>Commits.</summary>
    public abstract ValueTask CommitAsync(CancellationToken cancellationToken);

    /// <summary>Runs the guard, then the other statement, then commits, all in one round trip where there are round trips.</summary>
    /// <param name="guard">Answers one row with one text; when no row meets its condition, everything is rolled back.</param>
    /// <param name="other">A statement without an answer, or null.</param>
    /// <param name="cancellationToken">Cancels before the commit.</param>
    /// <returns>The guard's text, or null when it met no row and all is rolled back.</returns>
    public abstract ValueTask<string?> CommitGuardedAsync(Statement guard, Statement? other, CancellationToken cancellationToken);

    /// <summary>Sets the savepoint anew.</summary>
    public abstract ValueTask SetSavepointAsync(CancellationToken cancellationToken);

    /// <summary>Returns to the savepoint.</summary>
    public abstract ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken);

    /// <summary>Undoes the transaction at hand, if there is one and its connection still lives.</summary>
    public abstract ValueTask RollbackAsync(CancellationToken cancellationToken);

    /// <summary>Closes the connection; an open transaction is undone.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>What to throw before a commit when the transaction is over already: the checkpoint would be stored without the data.</summary>
    protected static InvalidOperationException TransactionEnded(Exception? inner = null) => new(
        "The writer ended the chunk's transaction, so nothing of the chunk was committed. The engine commits and rolls back: take COMMIT, ROLLBACK and their like out of the writer.",
        inner);
}
