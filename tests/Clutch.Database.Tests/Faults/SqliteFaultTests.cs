using Clutch.Database.Tests.Fixtures;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Faults;

/// <summary>Wrong input: each ends with one clear sentence.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-faults-").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_missing_directory_is_named()
    {
        var fault = await MigrateAsync(Path.Combine(_folder, "nowhere", "clutch.db"));

        Assert.Equal(
            $"SQLite file '{_folder}/nowhere/clutch.db' cannot be opened: the directory '{_folder}/nowhere' does not exist. Create it, or correct the path.", fault.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named()
    {
        var file = Path.Combine(_folder, "clutch.db");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("sku,name,price\n", 1_000)));

        var fault = await MigrateAsync(file);

        Assert.StartsWith($"SQLite file '{file}' is not a SQLite database", fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("sku,name", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_database_is_named()
    {
        var file = Path.Combine(_folder, "clutch.db");
        await using (var services = Services($"Data Source={file}"))
            await services.MigrateAsync();

        await using var readOnly = Services($"Data Source={file};Mode=ReadOnly");
        var fault = await Assert.ThrowsAsync<RepositoryException>(
            () => readOnly.GetRequiredService<IJobRepository>().LaunchAsync(StepRun.Request, CancellationToken.None).AsTask());

        Assert.StartsWith($"SQLite file '{file}' is read-only.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_waits_as_long_as_the_connection_string_says()
    {
        await using var services = Services($"Data Source={Path.Combine(_folder, "clutch.db")};Default Timeout=7");

        var patience = await services.GetRequiredService<RelationalDatabase>().ListAsync("PRAGMA busy_timeout", row => row.GetInt64(0));

        Assert.Equal([7_000], patience);
    }

    [Fact]
    public async Task Without_a_timeout_a_writer_waits_until_the_file_is_free()
    {
        await using var services = Services($"Data Source={Path.Combine(_folder, "clutch.db")};Default Timeout=0");
        var database = services.GetRequiredService<RelationalDatabase>();
        await using var first = await database.OpenSessionAsync(CancellationToken.None);
        await using var second = await database.OpenSessionAsync(CancellationToken.None);
        await first.BeginAsync(CancellationToken.None);

        var waiting = second.BeginAsync(CancellationToken.None).AsTask();
        await first.RollbackAsync(CancellationToken.None);

        await waiting.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.NotNull(second.Transaction);
    }

    [Fact]
    public async Task A_full_disk_fails_clearly_and_the_chunk_can_be_repeated_once_there_is_room()
    {
        await using var services = Services($"Data Source={Path.Combine(_folder, "clutch.db")};Pooling=false");
        await services.MigrateAsync();
        var database = services.GetRequiredService<RelationalDatabase>();
        await database.ExecuteAsync("CREATE TABLE product (sku TEXT PRIMARY KEY, name TEXT)");
        await using var run = await StepRun.StartAsync(services);
        var writer = services.BulkInsert(Relational.Tables.TableMap.For<int>("product").Column("sku", i => $"{i:000000}").Column("name", _ => new string('x', 1_000)));
        await run.WriteAsync(writer, 0);
        RepositoryException fault;
        await using (var chunk = await run.Session.BeginAsync(CancellationToken.None))
        {
            // A limit on pages stands for the disk: SQLite answers alike.
            await LimitAsync((IRelationalChunk)chunk, 100);
            fault = await Assert.ThrowsAsync<RepositoryException>(() => StepRun.WriteAsync(writer, run.Context, chunk, Enumerable.Range(1, 5_000).ToArray()));
        }

        Assert.Contains("has no disk space left.", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.CountAsync("product"));
        await using (var chunk = await run.Session.BeginAsync(CancellationToken.None))
        {
            await LimitAsync((IRelationalChunk)chunk, 1_000_000);
            await StepRun.WriteAsync(writer, run.Context, chunk, Enumerable.Range(1, 5_000).ToArray());
            Assert.Equal(LeaseAnswer.Held, await run.CommitAsync(chunk, 5_000));
        }

        Assert.Equal(5_001, await database.CountAsync("product"));
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, true)]
    [InlineData(1, false)]
    [InlineData(8, false)]
    [InlineData(11, false)]
    [InlineData(13, false)]
    [InlineData(19, false)]
    [InlineData(20, false)]
    [InlineData(26, false)]
    public void Only_a_busy_or_locked_file_is_transient(int code, bool isTransient)
    {
        var fault = new SqliteException("fault", code);

        Assert.Equal(isTransient, SqliteFaults.IsTransient(fault));
        Assert.Equal(isTransient, SqliteFaults.IsTransient(new RepositoryException("fault", fault)));
        Assert.Equal(isTransient, SqliteFaults.IsTransient(new ItemWriteException(1, fault)));
        Assert.False(SqliteFaults.IsTransient(new FormatException()));
    }

    [Fact]
    public async Task A_writer_that_waits_too_long_gets_a_transient_fault()
    {
        await using var services = Services($"Data Source={Path.Combine(_folder, "clutch.db")};Default Timeout=1");
        await services.MigrateAsync();
        var database = services.GetRequiredService<RelationalDatabase>();
        await using var holder = await database.OpenSessionAsync(CancellationToken.None);
        await holder.BeginAsync(CancellationToken.None);

        var fault = await Assert.ThrowsAsync<SqliteException>(() => database.ExecuteAsync("CREATE TABLE x (i INTEGER)"));

        Assert.True(database.IsTransient(fault));
    }

    private static async Task LimitAsync(IRelationalChunk chunk, int pages)
    {
        await using var command = chunk.CreateCommand($"PRAGMA max_page_count = {pages}");
        await command.ExecuteNonQueryAsync();
    }

    private static ServiceProvider Services(string connectionString) => new ServiceCollection().AddClutchSqlite(connectionString).BuildServiceProvider();

    private static async Task<RepositoryException> MigrateAsync(string file)
    {
        await using var services = Services($"Data Source={file}");
        return await Assert.ThrowsAsync<RepositoryException>(() => services.MigrateAsync().AsTask());
    }
}
