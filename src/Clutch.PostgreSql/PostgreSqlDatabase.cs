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

    // A machine that vanishes without a word (power, network) leaves its transaction open on the server, with the locks on the rows of its chunk, for as long as the server's TCP believes in it: over two hours by
    // default, in which a restart would wait at these rows. So the server is asked to look after a minute: 30 s of silence, then three questions, or a minute without a receipt. What is set shorter stays; on a
    // Unix socket there is nothing to set. It is said with each session, as the pool resets what it gives out, and not at the start of a connection, where poolers such as PgBouncer would refuse it.
    private const string WatchForVanished = """
        SELECT set_config(name, least(wanted, coalesce(nullif(current_setting(name)::integer, 0), wanted))::text, false)
        FROM (VALUES ('tcp_keepalives_idle', 30), ('tcp_keepalives_interval', 10), ('tcp_keepalives_count', 3), ('tcp_user_timeout', 60000)) AS setting (name, wanted)
        WHERE inet_client_addr() IS NOT NULL
        """;

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

    public override async ValueTask<RelationalSession> OpenSessionAsync(CancellationToken cancellationToken)
    {
        var session = new PostgreSqlSession(this, (NpgsqlConnection)await OpenAsync(cancellationToken));
        try
        {
            await session.RunAsync(new Statement(WatchForVanished), Rows.Affected, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

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
