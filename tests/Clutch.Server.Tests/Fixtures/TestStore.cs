using Clutch.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Server.Tests.Fixtures;

/// <summary>A database of a test's own.</summary>
public abstract class TestStore : IAsyncDisposable
{
    public static async Task<TestStore> CreateAsync(StoreKind kind) => kind is StoreKind.Sqlite ? new SqliteTestStore() : await PostgreSqlTestStore.OpenAsync();

    public abstract void Add(IServiceCollection services);

    /// <summary>The arguments with which another process opens it.</summary>
    public abstract string ConnectionString { get; }

    public abstract ValueTask DisposeAsync();
}

public enum StoreKind
{
    Sqlite,
    PostgreSql,
}

public sealed class SqliteTestStore : TestStore
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-server-").FullName;

    public override string ConnectionString => $"Data Source={Path.Combine(_folder, "clutch.db")}";

    public override void Add(IServiceCollection services) => services.AddClutchSqlite(ConnectionString);

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class PostgreSqlTestStore : TestStore
{
    private readonly string _schema = $"s{Guid.CreateVersion7():N}";
    private readonly string _server;

    private PostgreSqlTestStore(string server) => _server = server;

    public override string ConnectionString => $"{_server};Search Path={_schema}";

    public static async Task<PostgreSqlTestStore> OpenAsync()
    {
        var server = await PostgreSqlServer.Instance;
        if (server is null && Environment.GetEnvironmentVariable("CI") is "true")
            Assert.Fail(PostgreSqlServer.Absence);
        Skip.If(server is null, PostgreSqlServer.Absence);
        return new(server!);
    }

    public override void Add(IServiceCollection services) => services.AddClutchPostgreSql(_server, options => options.Schema = _schema);

    public override async ValueTask DisposeAsync()
    {
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP SCHEMA IF EXISTS {_schema} CASCADE", connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>The PostgreSQL server of a test run: the one named by CLUTCH_TEST_POSTGRES, else one of its own, which ends with the run.</summary>
public static class PostgreSqlServer
{
    public const string Absence = "No PostgreSQL server: install the package 'postgresql', or set CLUTCH_TEST_POSTGRES to a connection string.";

    private static readonly Lazy<Task<string?>> Shared = new(StartAsync);

    public static Task<string?> Instance => Shared.Value;

    private static async Task<string?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("CLUTCH_TEST_POSTGRES") is { Length: > 0 } given)
            return given;
        if (TemporaryPostgreSql.FindBinaries() is null)
            return null;
        // What these tests kill is a process or a connection, never the machine: fsync would only cost time.
        var server = await TemporaryPostgreSql.StartAsync("fsync=off", "max_connections=200");
        return server.ConnectionString;
    }
}
