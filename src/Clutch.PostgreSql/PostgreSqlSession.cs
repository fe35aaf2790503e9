using System.Data;
using System.Data.Common;
using System.Globalization;
using Clutch.PostgreSql.Bulk;
using Clutch.Relational;
using Clutch.Relational.Bulk;
using Npgsql;

namespace Clutch.PostgreSql;

/// <summary>A connection with transactions. BEGIN and SAVEPOINT travel with the next command, COMMIT with the last.</summary>
internal sealed class PostgreSqlSession : RelationalSession
{
    // Each savepoint opens one more subtransaction within the last. Releasing costs a round trip, so it is done for so many at once.
    private const int MaxSavepoints = 16;

    // A machine that vanishes without a word (power, network) leaves its transaction open on the server, with the locks on the rows of its chunk, for as long as the server's TCP believes in it: over two hours by
    // default, in which a restart would wait at these rows. So the server is asked to look after a minute: 30 s of silence, then three questions, or a minute without a receipt. What is set shorter stays; on a
    // Unix socket there is nothing to set. It is said with a session's first transaction, as the pool resets what it gives out, and not at the start of a connection, where poolers such as PgBouncer would refuse it.
    private const string WatchForVanished = """
        SELECT set_config(name, least(wanted, coalesce(nullif(current_setting(name)::integer, 0), wanted))::text, false)
        FROM (VALUES ('tcp_keepalives_idle', 30), ('tcp_keepalives_interval', 10), ('tcp_keepalives_count', 3), ('tcp_user_timeout', 60000)) AS setting (name, wanted)
        WHERE inet_client_addr() IS NOT NULL
        """;

    // What is set shorter stays. Only this transaction is meant, so each one says it anew, in the same round trip as the above.
    private const string Bound = """
        SELECT set_config(name, (1000 * extract(epoch FROM least(@server_limit, coalesce(nullif(current_setting(name)::interval, interval '0'), @server_limit))))::bigint::text, true)
        FROM (VALUES ('statement_timeout'), ('idle_in_transaction_session_timeout')) AS setting (name)
        """;

    private readonly PostgreSqlDatabase _database;
    private readonly NpgsqlConnection _connection;
    private readonly PostgreSqlBulk _bulk;
    private NpgsqlTransaction? _transaction;
    private int _savepoints;
    private bool _isWatched;

    public PostgreSqlSession(PostgreSqlDatabase database, NpgsqlConnection connection)
        : base(database)
    {
        _database = database;
        _connection = connection;
        _bulk = new(database, connection);
    }

    public override DbConnection Connection => _connection;

    public override DbTransaction? Transaction => _transaction;

    public override IBulkOperations Bulk => _bulk;

    public override bool IsUsable => IsAlive && _transaction is null;

    private bool IsAlive => (_connection.FullState & (ConnectionState.Open | ConnectionState.Broken)) == ConnectionState.Open;

    public override async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        _transaction = await _connection.BeginTransactionAsync(cancellationToken);
        if (_isWatched && ServerLimit is null)
            return;
        try
        {
            await RunAsync(Settings(), Rows.Affected, cancellationToken);
            _isWatched = true;
        }
        catch
        {
            await RollbackAsync(CancellationToken.None);
            throw;
        }
    }

    private Statement Settings() => (_isWatched, ServerLimit) switch
    {
        (_, null) => new(WatchForVanished),
        (true, { } limit) => new Statement(Bound).With("server_limit", limit),
        (false, { } limit) => new Statement($"{WatchForVanished}\nUNION ALL\n{Bound}").With("server_limit", limit),
    };

    public override async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        await _transaction!.CommitAsync(cancellationToken);
        await EndAsync();
    }

    public override async ValueTask<string?> CommitGuardedAsync(Statement guard, Statement? other, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        await using var batch = new NpgsqlBatch(_connection);
        batch.BatchCommands.Add(CommandFor(guard));
        if (other is not null)
            batch.BatchCommands.Add(CommandFor(other));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        try
        {
            var answer = await RunGuardedAsync(batch, cancellationToken);
            if (answer is null)
                await RollbackAsync(cancellationToken);
            else
                await EndAsync();
            return answer;
        }
        catch (PostgresException fault) when (_database.Explain(fault) is not null)
        {
            throw _database.Explain(fault)!;
        }
    }

    public override async ValueTask SetSavepointAsync(CancellationToken cancellationToken)
    {
        if (_savepoints == MaxSavepoints)
        {
            // With the outermost go all within it.
            await _transaction!.ReleaseAsync(Savepoint(1), cancellationToken);
            _savepoints = 0;
        }

        await _transaction!.SaveAsync(Savepoint(++_savepoints), cancellationToken);
    }

    public override async ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken)
    {
        _bulk.ReturnToSavepoint();
        await _transaction!.RollbackAsync(Savepoint(_savepoints), cancellationToken);
    }

    public override async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        // Disposing rolls back what is still open: after a failed COMMIT or on a broken connection nothing is.
        _bulk.Forget();
        // What a transaction set goes with it.
        _isWatched = false;
        await EndAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await RollbackAsync(CancellationToken.None);
        await _connection.DisposeAsync();
    }

    // Outside of a transaction the guard would store a checkpoint for data that is gone. The driver follows the server's word on each command, so that a
    // ROLLBACK sent as text is noticed too, and says so when its transaction is asked for anything.
    private void ThrowIfEnded()
    {
        try
        {
            _ = _transaction!.IsolationLevel;
        }
        catch (InvalidOperationException fault) when (IsAlive)
        {
            throw TransactionEnded(fault);
        }
        catch (InvalidOperationException)
        {
            // The connection broke: the command says so, and says it as a transient fault.
        }
    }

    private static string Savepoint(int number) => string.Create(CultureInfo.InvariantCulture, $"clutch_{number}");

    /// <summary>The guard's answer, or null where it divided by zero.</summary>
    private static async ValueTask<string?> RunGuardedAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        string? answer = null;
        try
        {
            await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
            answer = await rows.ReadAsync(cancellationToken) ? rows.GetString(0) : null;
            while (await rows.NextResultAsync(cancellationToken))
            {
                // A fault of a later statement, COMMIT included, comes to light here.
            }

            return answer;
        }
        catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.DivisionByZero && answer is null)
        {
            return null;
        }
    }

    private NpgsqlBatchCommand CommandFor(Statement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Text);
        foreach (var (name, value) in statement.Parameters)
            command.Parameters.Add(_database.Bind(new NpgsqlParameter { ParameterName = name }, value));
        return command;
    }

    private async ValueTask EndAsync()
    {
        _savepoints = 0;
        _bulk.EndTransaction();
        if (_transaction is { } transaction)
        {
            _transaction = null;
            await transaction.DisposeAsync();
        }
    }
}
