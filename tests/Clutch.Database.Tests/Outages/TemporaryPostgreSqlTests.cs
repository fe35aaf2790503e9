using Clutch.Testing;
using Npgsql;

namespace Clutch.Database.Tests.Outages;

/// <summary>The servers that tests have for themselves.</summary>
public sealed class TemporaryPostgreSqlTests
{
    [SkippableFact]
    public async Task One_that_was_stopped_leaves_nothing_behind()
    {
        Needs();
        var server = await TemporaryPostgreSql.StartAsync("fsync=off");
        var folder = await DataFolderAsync(server);

        await server.StopAsync();
        await server.DisposeAsync();

        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [SkippableFact]
    public async Task One_that_does_not_start_says_why()
    {
        Needs();

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => TemporaryPostgreSql.StartAsync("no_such_setting=1"));

        Assert.Contains("unrecognized configuration parameter \"no_such_setting\"", fault.Message, StringComparison.Ordinal);
    }

    private static void Needs() => Skip.If(TemporaryPostgreSql.FindBinaries() is null, "No PostgreSQL server of one's own to stop: install the package 'postgresql'.");

    private static async Task<string> DataFolderAsync(TemporaryPostgreSql server)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand("SHOW data_directory");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
