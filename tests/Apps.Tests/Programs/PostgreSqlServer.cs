using System.Globalization;
using Clutch.Testing;
using Npgsql;

namespace Apps.Tests.Programs;

/// <summary>The PostgreSQL server of a test run: the one named by CLUTCH_TEST_POSTGRES, else one of its own. Each test takes a database of its own.</summary>
public static class PostgreSqlServer
{
    private static readonly Lazy<Task<string?>> Shared = new(StartAsync);
    private static int _databases;

    /// <summary>A fresh database's connection string; without a server the test skips on a laptop and fails in CI.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = await Shared.Value;
        if (server is null)
        {
            const string Absence = "No PostgreSQL server: install the package 'postgresql', or set CLUTCH_TEST_POSTGRES to a connection string.";
            if (Environment.GetEnvironmentVariable("CI") is "true")
                Assert.Fail(Absence);
            Skip.If(true, Absence);
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"apps_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    /// <summary>Runs a statement in a database.</summary>
    public static async Task RunAsync(string database, string statement)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("CLUTCH_TEST_POSTGRES") is { Length: > 0 } given)
            return given;
        if (TemporaryPostgreSql.FindBinaries() is null)
            return null;
        // What these tests kill is a process, never the machine: fsync would only cost time.
        return (await TemporaryPostgreSql.StartAsync("fsync=off", "max_connections=200")).ConnectionString;
    }
}
