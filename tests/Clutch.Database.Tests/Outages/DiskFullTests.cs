using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Outages;

/// <summary>The disk under a database is full.</summary>
public sealed class DiskFullTests : IAsyncDisposable
{
    private const int RowCount = 2_000;
    private readonly SqliteStore _store = new();
    private bool _isFull = true;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task The_job_fails_with_a_clear_message_and_goes_on_when_there_is_room()
    {
        await using var services = Services();
        await services.MigrateAsync();
        var database = services.GetRequiredService<RelationalDatabase>();
        await database.ExecuteAsync("CREATE TABLE big (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)");

        var failed = await RunAsync(services);
        var kept = await database.CountAsync("big");
        _isFull = false;
        var completed = await RunAsync(services);

        Assert.Equal(BatchStatus.Failed, failed.Status);
        Assert.Contains("no disk space left", failed.Failure!.Message, StringComparison.Ordinal);
        Assert.InRange(kept, 0, RowCount - 1);
        Assert.Equal(0, kept % 100);
        Assert.Equal((BatchStatus.Completed, RowCount), (completed.Status, await database.CountAsync("big")));
    }

    [SkippableFact]
    public async Task A_full_disk_of_a_PostgreSQL_server_costs_no_row_although_the_step_may_skip_any()
    {
        await using var store = new PostgreSqlStore();
        var services = new ServiceCollection();
        store.AddRepository(services);
        await using var provider = services.AddClutch(clutch => clutch.AddJob("fill", job => job.Step("fill", step => step
            .ReadFrom(Enumerable.Range(1, 10).Select(id => new Row(id, "x")).ToList())
            .Write(context => context.Services.BulkInsert(Big))
            .Skip<Exception>()))).BuildServiceProvider();
        await provider.MigrateAsync();
        var database = provider.GetRequiredService<RelationalDatabase>();
        await database.ExecuteAsync("""
            CREATE TABLE big (id integer PRIMARY KEY, payload text NOT NULL);
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON big FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION full_disk()
            """);

        var failed = await RunAsync(provider);

        Assert.Equal(BatchStatus.Failed, failed.Status);
        Assert.Contains("no disk space left", failed.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (await database.CountAsync("big"), await database.CountAsync("clutch_dead_letter")));
    }

    private ServiceProvider Services()
    {
        var services = new ServiceCollection();
        _store.AddRepository(services);
        return services.AddClutch(clutch => clutch.AddJob("fill", job => job.Step("fill", step => step
            .ReadFrom(Enumerable.Range(1, RowCount).Select(id => new Row(id, new string('x', 500))).ToList())
            .Write(context => new OnSmallDisk(context.Services.BulkInsert(Big), () => _isFull))
            .ChunkSize(100)))).BuildServiceProvider();
    }

    private static async Task<JobExecution> RunAsync(ServiceProvider services)
    {
        var launch = await services.GetRequiredService<JobLauncher>().LaunchAsync("fill", new Dictionary<string, string>());
        return await launch.Run!.Completion;
    }

    private static readonly TableMap<Row> Big = TableMap.For<Row>("big").Key("id", row => row.Id).Column("payload", row => row.Payload);

    private sealed record Row(int Id, string Payload);

    /// <summary>SQLite's own limit on a file's pages answers as a full disk does (SQLITE_FULL).</summary>
    private sealed class OnSmallDisk(IItemWriter<Row> inner, Func<bool> isFull) : IItemWriter<Row>
    {
        public async ValueTask WriteAsync(WriteBatch<Row> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            await using (var limit = chunk.Relational().CreateCommand($"PRAGMA max_page_count = {(isFull() ? 150 : 1_000_000)}"))
                await limit.ExecuteScalarAsync(cancellationToken);
            await inner.WriteAsync(batch, chunk, cancellationToken);
        }
    }
}
