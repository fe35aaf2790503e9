using System.Data.Common;
using System.Text.Json;
using Clutch.Relational;
using Clutch.Relational.Migrations;
using Clutch.Repository;
using Microsoft.Data.Sqlite;

namespace Clutch.Sqlite;

/// <summary>A SQLite file: WAL, synchronous NORMAL, one writer at a time.</summary>
/// <remarks>
/// In WAL mode NORMAL keeps the file sound whatever happens; a power cut may undo the last commits as a whole, data and checkpoints together. A killed process loses nothing.
/// </remarks>
internal sealed class SqliteDatabase : RelationalDatabase
{
    private readonly string _connectionString;
    private readonly SqliteFaults _faults;
    private readonly TimeSpan _patience;

    // SQLite lets waiting writers try again by the clock, and a busy one can starve them; within a process they queue.
    private readonly SemaphoreSlim _writers = new(1, 1);

    public SqliteDatabase(string connectionString)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString);
        _connectionString = settings.ConnectionString;
        // As the driver has it: 0 waits for ever.
        _patience = settings.DefaultTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(settings.DefaultTimeout);
        Description = $"SQLite file '{settings.DataSource}'";
        _faults = new(Description, settings.DataSource);
    }

    public override string Description { get; }

    public override string Product => "Sqlite";

    public override Migrator MigratorFor(string part, IReadOnlyList<Migration> migrations) => SqliteMigrations.Of(this, part, migrations);

    public override async ValueTask<RelationalSession> OpenSessionAsync(CancellationToken cancellationToken) =>
        new SqliteSession(this, (SqliteConnection)await OpenAsync(cancellationToken));

    public override async ValueTask<TResult> ChangeAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        await using var session = await OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var result = await session.RunAsync(statement, read, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return result;
    }

    public override bool IsTransient(Exception fault) => SqliteFaults.IsTransient(fault);

    public override RepositoryException? Explain(Exception fault) => _faults.Explain(fault);

    public override string Quote(string identifier) => QuoteIdentifier(identifier);

    public override DbParameter Bind(DbParameter parameter, object? value)
    {
        parameter.Value = value switch
        {
            null => DBNull.Value,
            DateTimeOffset instant => instant.ToUnixTimeMilliseconds(),
            TimeProvider clock => clock.GetUtcNow().ToUnixTimeMilliseconds(),
            TimeSpan duration => (long)duration.TotalMilliseconds,
            long[] numbers => JsonSerializer.Serialize(numbers, SqliteJson.Default.Int64Array),
            string[] texts => JsonSerializer.Serialize(texts, SqliteJson.Default.StringArray),
            _ => value,
        };
        return parameter;
    }

    public override DateTimeOffset ReadInstant(DbDataReader row, int ordinal) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(ordinal));

    public override ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        _writers.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static string QuoteIdentifier(string identifier) =>
        string.Join('.', identifier.Split('.').Select(static part => $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    /// <summary>Waits until no other writer of this process is at work.</summary>
    internal async ValueTask EnterWriterAsync(CancellationToken cancellationToken)
    {
        if (!await _writers.WaitAsync(_patience, cancellationToken))
            throw _faults.StillBusy(_patience);
    }

    internal void LeaveWriter() => _writers.Release();

    protected override async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = SqliteSettings.ForConnection(_patience);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
