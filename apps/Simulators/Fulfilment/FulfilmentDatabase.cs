using Microsoft.Data.Sqlite;

namespace Simulators.Fulfilment;

/// <summary>The file of the fulfilment API: one writer at a time, readers beside it. What is committed survives a kill of the process (WAL, synchronous NORMAL).</summary>
internal sealed class FulfilmentDatabase : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS operation (
            id TEXT PRIMARY KEY, idempotency_key TEXT NOT NULL, fingerprint TEXT NOT NULL, account_id TEXT NOT NULL, accepted_at INTEGER NOT NULL, item_count INTEGER NOT NULL,
            done_count INTEGER NOT NULL DEFAULT 0, failed_count INTEGER NOT NULL DEFAULT 0, submit_count INTEGER NOT NULL DEFAULT 1, status TEXT NOT NULL, fate TEXT NOT NULL) STRICT;
        CREATE UNIQUE INDEX IF NOT EXISTS operation_key ON operation (idempotency_key) WHERE fate NOT LIKE 'Forgotten%';
        CREATE INDEX IF NOT EXISTS operation_open ON operation (accepted_at) WHERE status IN ('NotStarted', 'Running');
        CREATE TABLE IF NOT EXISTS operation_item (
            operation_id TEXT NOT NULL, position INTEGER NOT NULL, item_id TEXT NOT NULL, sku_id TEXT NOT NULL, version INTEGER NOT NULL, op TEXT NOT NULL, payload TEXT, hash TEXT,
            is_bad INTEGER NOT NULL, outcome TEXT, problem TEXT, PRIMARY KEY (operation_id, position)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS ledger (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL, sku_id TEXT NOT NULL, version INTEGER NOT NULL, op TEXT NOT NULL, hash TEXT,
            operation_id TEXT NOT NULL, item_id TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;
        CREATE TRIGGER IF NOT EXISTS ledger_is_never_changed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'The ledger is only appended.'); END;
        CREATE TRIGGER IF NOT EXISTS ledger_is_never_cut BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'The ledger is only appended.'); END;
        CREATE TABLE IF NOT EXISTS target (
            account_id TEXT NOT NULL, sku_id TEXT NOT NULL, version INTEGER NOT NULL, deleted INTEGER NOT NULL, hash TEXT, payload TEXT, PRIMARY KEY (account_id, sku_id)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS stumble (account_id TEXT NOT NULL, sku_id TEXT NOT NULL, version INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (account_id, sku_id, version)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """;

    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly SemaphoreSlim _writing = new(1, 1);

    public FulfilmentDatabase(SimulatorOptions options)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.DataFolder, "fulfilment.db") }.ToString();
        _writer = Open();
        using var command = _writer.CreateCommand();
        command.CommandText = Schema;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs work in a transaction of the one writer, and commits it.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work)
    {
        await _writing.WaitAsync();
        try
        {
            using var transaction = _writer.BeginTransaction();
            var result = work(_writer);
            transaction.Commit();
            return result;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>A connection of its own to read from; the caller disposes it.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000";
        command.ExecuteNonQuery();
        return connection;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _writing.Dispose();
    }
}
