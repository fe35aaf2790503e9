using Apps.Tests.Programs;
using Microsoft.Data.Sqlite;

namespace Apps.Tests.SkuSync;

/// <summary>Changes the fulfilment API's own file, as a restored backup or a hand would.</summary>
internal static class FulfilmentFile
{
    public static async Task ChangeAsync(SimulatedWorld world, params string[] statements)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(world.DataFolder, "fulfilment.db")}");
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            Assert.True(await command.ExecuteNonQueryAsync() > 0, statement);
        }
    }
}
