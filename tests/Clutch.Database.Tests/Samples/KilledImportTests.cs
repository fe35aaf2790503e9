using System.Globalization;
using Clutch.Database.Tests.Fixtures;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Clutch.Database.Tests.Samples;

/// <summary>The product import is killed at random moments and run again without a word; eng/kill-campaign.sh does the same with a million rows.</summary>
public sealed class KilledImportTests : IDisposable
{
    private const int RowCount = 60_000;
    private const int KillCount = 6;

    // Small chunks make what is to be stopped last for seconds, however late a loaded machine gets to the stopping.
    private const int OneRowAChunk = 1;
    private const int SmallChunks = 10;
    private const int LargeChunks = 1_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-killed-").FullName;
    private readonly SampleProgram _program = SampleProgram.Of("02-import-products.cs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task On_SQLite_every_row_is_there_once_whatever_was_killed()
    {
        var connectionString = $"Data Source={Path.Combine(_folder, "clutch.db")}";

        await KillAndRunAgainAsync(connectionString);

        await using var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync();
        await ExpectEveryRowOnceAsync(connection);
        SqliteConnection.ClearAllPools();
    }

    [SkippableFact]
    public async Task On_PostgreSQL_every_row_is_there_once_whatever_was_killed()
    {
        await using var store = new PostgreSqlStore();
        await store.ExecuteAsync($"CREATE SCHEMA {store.Schema}");
        var connectionString = $"{store.ConnectionString};Search Path={store.Schema}";

        await KillAndRunAgainAsync(connectionString);

        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await ExpectEveryRowOnceAsync(connection);
    }

    [Fact]
    public async Task SIGTERM_stops_at_a_chunk_boundary_and_the_next_run_finishes()
    {
        var stopped = Start("Data Source=stopped.db", OneRowAChunk);

        await stopped.BegunAsync();
        stopped.Send("TERM");

        Assert.Equal(3, stopped.WaitForExit());
        Assert.Contains("ended Stopped", stopped.Output, StringComparison.Ordinal);
        Assert.Equal(0, Start("Data Source=stopped.db", LargeChunks).WaitForExit());
    }

    private async Task KillAndRunAgainAsync(string connectionString)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var killed = 0;
        while (killed < KillCount)
        {
            var run = Start(connectionString, SmallChunks);
            await run.BegunAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 250)), TimeProvider.System);
            if (run.HasExited)
                break;
            run.Kill();
            run.WaitForExit();
            killed++;
        }

        var last = Start(connectionString, LargeChunks);

        Assert.True(last.WaitForExit() == 0, $"Seed {seed}, killed {killed} times: {last.Output}");
        Assert.True(killed > 0, "Nothing was killed: the import ended before the first signal.");
    }

    private SampleRun Start(string connectionString, int chunkSize) => _program.Start(
        _folder,
        new Dictionary<string, string> { ["CLUTCH_DB"] = connectionString, ["CLUTCH_CHUNK"] = chunkSize.ToString(CultureInfo.InvariantCulture) },
        "run",
        "import-products",
        $"rows={RowCount.ToString(CultureInfo.InvariantCulture)}",
        "--quiet");

    private static async Task ExpectEveryRowOnceAsync(System.Data.Common.DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM product";
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();

        Assert.Equal((RowCount, RowCount, 1L, RowCount), (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)));
    }
}
