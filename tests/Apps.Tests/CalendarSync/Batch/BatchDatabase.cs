using System.Globalization;
using Clutch.Testing;
using Npgsql;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>An empty database for a test: a file, or one of the test run's PostgreSQL server.</summary>
internal sealed record BatchDatabase(string Store, string ConnectionString)
{
    private static readonly Lazy<Task<string?>> Server = new(StartServerAsync);
    private static int _count;

    public static async Task<BatchDatabase> CreateAsync(string store, string folder) =>
        new(store, store == "sqlite" ? $"Data Source={Path.Combine(folder, "calendar.db")}" : await CreatePostgreSqlAsync());

    /// <summary>Settings of the program that uses it.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(StringComparer.Ordinal) { ["Clutch:Store"] = Store, ["ConnectionStrings:Clutch"] = ConnectionString };

    private static async Task<string> CreatePostgreSqlAsync()
    {
        if (await Server.Value is not { } server)
        {
            const string Absence = "No PostgreSQL server: install the package 'postgresql', or set CLUTCH_TEST_POSTGRES to a connection string.";
            if (Environment.GetEnvironmentVariable("CI") is "true") Assert.Fail(Absence);
            Skip.If(true, Absence);
            throw new InvalidOperationException(Absence);
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"calendar_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    private static async Task<string?> StartServerAsync()
    {
        if (Environment.GetEnvironmentVariable("CLUTCH_TEST_POSTGRES") is { Length: > 0 } given) return given;
        // What these tests kill is a process, never the machine: fsync would only cost time.
        return TemporaryPostgreSql.FindBinaries() is null ? null : (await TemporaryPostgreSql.StartAsync("fsync=off", "max_connections=200")).ConnectionString;
    }
}
