using System.Data.Common;
using Clutch.Items;
using Clutch.Relational.Bulk;

namespace Clutch.Relational;

/// <summary>A chunk's transaction in a SQL database: what runs on its connection commits with the chunk.</summary>
public interface IRelationalChunk : IChunkTransaction
{
    /// <summary>The database.</summary>
    RelationalDatabase Database { get; }

    /// <summary>The connection, inside the transaction. Do not commit, roll back or close it: the engine does.</summary>
    DbConnection Connection { get; }

    /// <summary>The transaction, for commands and libraries that ask for it.</summary>
    DbTransaction? Transaction { get; }

    /// <summary>Bulk operations within the transaction.</summary>
    IBulkOperations Bulk { get; }
}

/// <summary>From a chunk to its database.</summary>
public static class RelationalChunkExtensions
{
    /// <summary>The chunk's transaction as one of a SQL database.</summary>
    /// <exception cref="InvalidOperationException">The step commits somewhere else.</exception>
    public static IRelationalChunk Relational(this ChunkContext chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        return chunk.Transaction as IRelationalChunk ?? throw new InvalidOperationException(
            $"Step '{chunk.Step.StepName}' of job '{chunk.Step.JobName}' writes to a SQL database, but its chunks commit to '{chunk.Transaction.GetType().Name}'. " +
            "Keep the job repository in a database, or name the target database with CommitTo on the step.");
    }

    /// <summary>A command on the chunk's connection, in its transaction; it commits or is undone with the chunk. Dispose it.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="text">The SQL; values belong into parameters (<see cref="RelationalDatabase.Bind"/>).</param>
    public static DbCommand CreateCommand(this IRelationalChunk chunk, string text)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var command = chunk.Connection.CreateCommand();
        command.Transaction = chunk.Transaction;
        command.CommandText = text;
        return command;
    }
}
