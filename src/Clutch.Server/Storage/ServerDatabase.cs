using Clutch.Relational;
using Clutch.Relational.Migrations;

namespace Clutch.Server.Storage;

/// <summary>The database of the job repository, in which the server keeps its own tables, too: the part <c>server</c> of the schema.</summary>
internal sealed class ServerDatabase
{
    private readonly Migrator _migrator;

    public ServerDatabase(RelationalDatabase database, TimeProvider timeProvider)
    {
        Database = database;
        TimeProvider = timeProvider;
        Sql = database.Product switch
        {
            "PostgreSql" => PostgreSqlServerSql.Statements,
            "Sqlite" => SqliteServerSql.Statements,
            _ => throw new NotSupportedException($"The server has no statements for '{database.Product}'. Keep the job repository in PostgreSQL or SQLite."),
        };
        _migrator = database.MigratorFor("server", Migration.Embedded(typeof(ServerDatabase).Assembly, database.Product));
    }

    public RelationalDatabase Database { get; }

    public TimeProvider TimeProvider { get; }

    public ServerSql Sql { get; }

    /// <summary>Brings the server's part of the schema up to date.</summary>
    public ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => _migrator.MigrateAsync(cancellationToken);

    public ValueTask<TResult> QueryAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken) =>
        Database.QueryAsync(statement, read, cancellationToken);

    public ValueTask<TResult> ChangeAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken) =>
        Database.ChangeAsync(statement, read, cancellationToken);

    /// <summary>A statement that knows the time of this process.</summary>
    public Statement At(string text) => new Statement(text).With("now", TimeProvider.GetUtcNow());
}
