using Npgsql;

namespace Clutch.Benchmarks.Processes;

/// <summary>The database as it was at first, so that no measurement pays for what an earlier one left.</summary>
internal static class EmptyDatabase
{
    public static async Task EmptyAsync(this NpgsqlDataSource source)
    {
        await source.ExecuteAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        await source.ExecuteAsync("CHECKPOINT");
    }

    public static async Task ExecuteAsync(this NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }
}
