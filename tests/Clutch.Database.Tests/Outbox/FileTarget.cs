using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;
using Microsoft.Data.Sqlite;

namespace Clutch.Database.Tests.Outbox;

/// <summary>A target whose memory is a file, so that it outlives the process that is killed: accepts, applies by version in one transaction with the ledger, answers.</summary>
internal sealed class FileTarget : ISubmitter, IOperationClient
{
    /// <summary>K9: the target has stored the request, the answer never leaves.</summary>
    public const string AfterAccept = "target.after-accept";

    private readonly string _connectionString;
    private readonly IOutboxFaults? _faults = FailPoint.FromEnvironment();

    public FileTarget(string file)
    {
        _connectionString = $"Data Source={file}";
        Run("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS operation (key TEXT PRIMARY KEY, ended INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS item (operation TEXT NOT NULL, id TEXT NOT NULL, sku TEXT NOT NULL, version INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS sku (sku TEXT PRIMARY KEY, version INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS effect (sku TEXT NOT NULL, version INTEGER NOT NULL);
            """);
    }

    public long OperationCount => Count("operation");

    public long EffectCount => Count("effect");

    public long DoubleCount => Count("(SELECT 1 FROM effect GROUP BY sku, version HAVING count(*) > 1)");

    public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        if (Run(connection, "INSERT INTO operation (key, ended) VALUES ($1, 0) ON CONFLICT DO NOTHING", submission.IdempotencyKey) > 0)
        {
            foreach (var item in submission.Items)
                Run(connection, "INSERT INTO item (operation, id, sku, version) VALUES ($1, $2, $3, $4)", submission.IdempotencyKey, item.ItemId, item.Key, item.Version);
        }

        transaction.Commit();
        _faults?.Reach(AfterAccept);
        return ValueTask.FromResult<SubmitResult>(new SubmitResult.Accepted(new(submission.IdempotencyKey)));
    }

    public ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        foreach (var operation in operations)
            Apply(connection, operation.CorrelationId);
        transaction.Commit();
        return ValueTask.FromResult<IReadOnlyList<OperationStatus>>(
            [.. operations.Select(operation => new OperationStatus { Operation = operation, State = OperationState.Succeeded })]);
    }

    public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken) => throw new NotSupportedException("Nobody cancels here.");

    private static void Apply(SqliteConnection connection, string operation)
    {
        if (Run(connection, "UPDATE operation SET ended = 1 WHERE key = $1 AND ended = 0", operation) == 0)
            return;
        Run(
            connection,
            """
            INSERT INTO effect (sku, version)
            SELECT item.sku, item.version FROM item WHERE operation = $1 AND item.version > coalesce((SELECT version FROM sku WHERE sku.sku = item.sku), 0);
            INSERT INTO sku (sku, version)
            SELECT item.sku, item.version FROM item WHERE operation = $1
            ON CONFLICT (sku) DO UPDATE SET version = max(version, excluded.version)
            """,
            operation);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private void Run(string sql)
    {
        using var connection = Open();
        Run(connection, sql);
    }

    private static int Run(SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", values[i]);
        return command.ExecuteNonQuery();
    }

    private long Count(string from)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {from}";
        return (long)command.ExecuteScalar()!;
    }
}
