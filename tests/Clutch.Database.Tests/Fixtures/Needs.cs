namespace Clutch.Database.Tests.Fixtures;

/// <summary>What a test needs from outside: without it a test skips on a laptop, with a hint, and fails in CI.</summary>
public static class Needs
{
    /// <summary>A PostgreSQL server's connection string.</summary>
    public static string PostgreSql()
    {
        var server = PostgreSqlServer.Instance;
        if (server.ConnectionString is { } connectionString)
            return connectionString;
        if (Environment.GetEnvironmentVariable("CI") is "true")
            Assert.Fail(server.Absence);
        Skip.If(true, server.Absence);
        throw new InvalidOperationException(server.Absence);
    }
}
