using System.Data.Common;
using Clutch.PostgreSql.Signals;
using Clutch.Relational;
using Clutch.Relational.Migrations;
using Clutch.Repository;
using Npgsql;

namespace Clutch.PostgreSql;

/// <summary>A PostgreSQL database.</summary>
internal sealed class PostgreSqlDatabase : RelationalDatabase
{
    /// <summary>Bytes that a connection sends at a time, where the connection string does not say otherwise.</summary>
    public const int WriteBufferSize = 64 * 1024;

    // Npgsql's "Write Buffer Size" where nothing is said.
    private const int DriverWriteBufferSize = 8192;

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnectionStringBuilder _listener;
    private readonly PostgreSqlFaults _faults;

    public PostgreSqlDatabase(string connectionString, PostgreSqlOptions options)
    {
        var settings = Settings(connectionString, options);
        Schema = options.Schema;
        Description = $"PostgreSQL database '{settings.Database}' at {settings.Host}:{settings.Port}";
        _faults = new(Description, settings.Username);
        _listener = new(settings.ConnectionString) { Pooling = false, KeepAlive = 10 };
        _source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    public override string Description { get; }

    public override string Product => "PostgreSql";

    public override Migrator MigratorFor(string part, IReadOnlyList<Migration> migrations) => PostgreSqlMigrations.Of(this, part, migrations);

    /// <summary>The schema of Clutch's tables, or null for the connection's own.</summary>
    public string? Schema { get; }

    public override async ValueTask<RelationalSession> OpenSessionAsync(CancellationToken cancellationToken) => new PostgreSqlSession(this, (NpgsqlConnection)await OpenAsync(cancellationToken));

    public override async ValueTask<TResult> ChangeAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        // The server runs the statements of one command as one transaction.
        await using var connection = await OpenAsync(cancellationToken);
        return await RunAsync(connection, statement, read, cancellationToken);
    }

    public override Statement Signal(string topic) => new Statement("SELECT pg_notify(@signal_channel, @topic)").With("signal_channel", PostgreSqlSignals.Channel).With("topic", topic);

    public override bool IsTransient(Exception fault) => PostgreSqlFaults.IsTransient(fault);

    public override RepositoryException? Explain(Exception fault) => _faults.Explain(fault);

    public override string Quote(string identifier) => QuoteIdentifier(identifier);

    public override DbParameter Bind(DbParameter parameter, object? value)
    {
        parameter.Value = value switch
        {
            null => DBNull.Value,
            DateTimeOffset instant => instant.ToUniversalTime(),
            TimeProvider clock => clock.GetUtcNow(),
            _ => value,
        };
        return parameter;
    }

    public override DateTimeOffset ReadInstant(DbDataReader row, int ordinal) => row.GetFieldValue<DateTimeOffset>(ordinal);

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>A connection that listens for as long as it lives; keep-alives notice when the server is gone without a word.</summary>
    public async Task<NpgsqlConnection> OpenListenerAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(_listener.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal static string QuoteIdentifier(string identifier) =>
        string.Join('.', identifier.Split('.').Select(static part => $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    protected override async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken);
        }
        catch (NpgsqlException fault) when (fault is not PostgresException)
        {
            throw _faults.Unreachable(fault);
        }
    }

    private static NpgsqlConnectionStringBuilder Settings(string connectionString, PostgreSqlOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (options.PrepareStatements && settings.MaxAutoPrepare == 0)
            settings.MaxAutoPrepare = 64;
        if (options.Schema is { } schema)
            settings.SearchPath = $"{QuoteIdentifier(schema)},{settings.SearchPath ?? "\"$user\",public"}";
        // A COPY then sends 64 KB at a time instead of 8.
        if (settings.WriteBufferSize == DriverWriteBufferSize)
            settings.WriteBufferSize = WriteBufferSize;
        settings.ApplicationName ??= "clutch";
        return settings;
    }
}
