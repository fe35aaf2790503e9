using Clutch.Testing;

namespace Clutch.Database.Tests.Fixtures;

/// <summary>The PostgreSQL server of a test run: the one named by CLUTCH_TEST_POSTGRES, else one of its own, which ends with the run.</summary>
public sealed record PostgreSqlServer
{
    private static readonly Lazy<Task<PostgreSqlServer>> Shared = new(StartAsync);

    /// <summary>How to reach it, or null where there is none.</summary>
    public string? ConnectionString { get; private init; }

    /// <summary>Why there is none, with what to do about it.</summary>
    public string? Absence { get; private init; }

    public static PostgreSqlServer Instance => Shared.Value.GetAwaiter().GetResult();

    private static async Task<PostgreSqlServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("CLUTCH_TEST_POSTGRES") is { Length: > 0 } given)
            return new() { ConnectionString = given };
        if (TemporaryPostgreSql.FindBinaries() is null)
            return new() { Absence = "No PostgreSQL server: install the package 'postgresql', or set CLUTCH_TEST_POSTGRES to a connection string." };
        // What these tests kill is a process or a connection, never the machine: fsync would only cost time.
        var server = await TemporaryPostgreSql.StartAsync("fsync=off", "max_connections=200");
        return new() { ConnectionString = server.ConnectionString };
    }
}
