using System.Data.Common;
using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Reading;

namespace Clutch.Database.Tests.Reading;

public abstract class KeysetReaderTests(Func<Store> open) : StoreTests(open)
{
    [SkippableTheory]
    [InlineData(100, 30)]
    [InlineData(30, 100)]
    [InlineData(100, 100)]
    [InlineData(1, 7)]
    [InlineData(1_000, 1_000)]
    public async Task Every_row_is_read_once_in_order_whatever_page_and_chunk(int pageSize, int chunkSize)
    {
        await FillAsync(250);

        var (items, checkpoints) = await ReadAllAsync(Query() with { PageSize = pageSize }, chunkSize);

        Assert.Equal(Enumerable.Range(1, 250), items.Select(item => item.Id));
        Assert.Equal((250 + chunkSize - 1) / chunkSize, checkpoints.Count);
    }

    [SkippableFact]
    public async Task An_empty_table_ends_at_once()
    {
        await FillAsync(0);

        Assert.Empty((await ReadAllAsync(Query(), 10)).Items);
    }

    [SkippableFact]
    public async Task A_restart_goes_on_after_the_checkpoint()
    {
        await FillAsync(100);
        var (_, checkpoints) = await ReadAllAsync(Query() with { PageSize = 7 }, 10);

        var (rest, _) = await ReadAllAsync(Query() with { PageSize = 13 }, 10, checkpoints[3]);

        Assert.Equal(Enumerable.Range(41, 60), rest.Select(item => item.Id));
        Assert.Empty((await ReadAllAsync(Query(), 10, checkpoints[^1])).Items);
    }

    [SkippableFact]
    public async Task A_composite_key_on_skewed_values_loses_nothing()
    {
        await FillAsync(300);
        var query = Query() with { Key = ["country", "id"], PageSize = 11 };
        var (all, checkpoints) = await ReadAllAsync(query, 10);

        var (rest, _) = await ReadAllAsync(query, 10, checkpoints[9]);

        Assert.Equal(all.OrderBy(item => item.Country, StringComparer.Ordinal).ThenBy(item => item.Id), all);
        Assert.Equal(300, all.Distinct().Count());
        Assert.Equal(all.Skip(100), rest);
    }

    [SkippableTheory]
    [InlineData("id")]
    [InlineData("name")]
    [InlineData("amount")]
    [InlineData("at")]
    [InlineData("code")]
    public async Task A_key_of_any_type_goes_on_where_it_stopped(string key)
    {
        await FillAsync(50);
        var query = Query() with { Key = [key], PageSize = 4 };
        var (all, checkpoints) = await ReadAllAsync(query, 5);

        var (rest, _) = await ReadAllAsync(query, 5, checkpoints[4]);

        Assert.Equal(50, all.Distinct().Count());
        Assert.Equal(all.Skip(25), rest);
    }

    [SkippableFact]
    public async Task A_condition_with_parameters_narrows_the_rows()
    {
        await FillAsync(100);
        var query = Query() with { Where = "id > @low OR id = @one", Parameters = new Dictionary<string, object?> { ["low"] = 90, ["one"] = 5 }, PageSize = 3 };

        Assert.Equal([5, .. Enumerable.Range(91, 10)], (await ReadAllAsync(query, 4)).Items.Select(item => item.Id));
    }

    [SkippableFact]
    public async Task The_fraction_is_known_where_rows_are_counted()
    {
        await FillAsync(100);
        var fractions = new List<double?>();

        var (_, checkpoints) = await ReadAllAsync(Query() with { CountsRows = true }, 25, fractions: fractions);
        await ReadAllAsync(Query() with { CountsRows = true }, 25, checkpoints[1], fractions);

        Assert.Equal([0.25, 0.5, 0.75, 1, 0.75, 1], fractions);
    }

    [SkippableFact]
    public async Task A_null_in_the_key_is_refused()
    {
        await FillAsync(3);
        await Database.ExecuteAsync("UPDATE item SET name = NULL WHERE id = 2");

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAllAsync(Query() with { Key = ["name"] }, 10));

        Assert.StartsWith("Key column 'name' of 'item' is null in a row", fault.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("17")]
    [InlineData("{}")]
    [InlineData("""{"rows":1,"key":[{"int":1},{"int":2}]}""")]
    [InlineData("""{"rows":1,"key":[{"colour":1}]}""")]
    public async Task A_checkpoint_of_another_reader_is_refused(string checkpoint)
    {
        await FillAsync(1);

        await Assert.ThrowsAsync<FormatException>(() => ReadAllAsync(Query(), 10, new(checkpoint)));
    }

    [SkippableFact]
    public void A_key_that_is_not_selected_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => Services.KeysetReader(Query() with { Key = ["sku"] }));

    [SkippableFact]
    public void A_target_that_does_not_exist_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => Services.KeysetReader(Query(), "warehouse"));

    [SkippableFact]
    public async Task A_fault_in_the_mapping_ends_the_reading()
    {
        await FillAsync(100);
        var query = Query() with { PageSize = 10, Map = row => row.GetInt32(0) == 55 ? throw new FormatException("55") : Read(row) };

        await Assert.ThrowsAsync<FormatException>(() => ReadAllAsync(query, 10));
    }

    [SkippableFact]
    public async Task A_reader_can_be_left_in_the_middle()
    {
        await FillAsync(1_000);
        var reader = Services.KeysetReader(Query() with { PageSize = 10 });
        await reader.OpenAsync(null, Step(), Never);
        await reader.ReadAsync(new ReadBatch<Item>(10), Never);

        await ((IAsyncDisposable)reader).DisposeAsync();
    }

    protected abstract string Columns { get; }

    protected static KeysetQuery<Item> Query() => new()
    {
        From = "item",
        Columns = ["id", "country", "name", "amount", "at", "code"],
        Key = ["id"],
        Map = Read,
    };

    protected async Task FillAsync(int count)
    {
        await Database.ExecuteAsync($"CREATE TABLE item ({Columns})");
        if (count > 0)
            await Database.ExecuteAsync(Insert(count));
    }

    protected abstract string Insert(int count);

    protected async Task<(List<Item> Items, List<Checkpoint> Checkpoints)> ReadAllAsync(
        KeysetQuery<Item> query, int chunkSize, Checkpoint? resumeFrom = null, List<double?>? fractions = null)
    {
        var items = new List<Item>();
        var checkpoints = new List<Checkpoint>();
        var reader = Services.KeysetReader(query);
        await using var disposing = (IAsyncDisposable)reader;
        await reader.OpenAsync(resumeFrom, Step(), Never);
        while (await ReadChunkAsync(reader, chunkSize) is { IsEmpty: false } batch)
        {
            items.AddRange(batch.Items);
            checkpoints.Add(batch.Checkpoint!);
            fractions?.Add(batch.Fraction);
        }

        return (items, checkpoints);
    }

    private static Item Read(DbDataReader row) => new(row.GetInt32(0), row.GetString(1));

    // As the engine does: until the chunk is full or a call adds nothing.
    protected static async Task<ReadBatch<Item>> ReadChunkAsync(IItemReader<Item> reader, int chunkSize)
    {
        var batch = new ReadBatch<Item>(chunkSize);
        var before = -1;
        while (batch.Remaining > 0 && !batch.IsEnd && batch.Count != before)
        {
            before = batch.Count;
            await reader.ReadAsync(batch, Never);
        }

        return batch;
    }

    protected StepContext Step() => new()
    {
        JobName = "export",
        StepName = "read",
        InstanceId = new(1),
        JobExecutionId = new(1),
        StepExecutionId = new(1),
        Parameters = JobParameters.Empty,
        Services = Services,
        TimeProvider = TimeProvider.System,
    };
}

public sealed record Item(int Id, string Country);

public sealed class SqliteKeysetReaderTests() : KeysetReaderTests(() => new SqliteStore())
{
    protected override string Columns => "id INTEGER PRIMARY KEY, country TEXT, name TEXT, amount REAL, at INTEGER, code BLOB";

    protected override string Insert(int count) => $"""
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
        INSERT INTO item
        SELECT i, CASE WHEN i % 10 = 0 THEN 'FR' ELSE 'DE' END, 'ü' || (i * 37 % 1009), i * 37 % 1009 / 8.0, i * 37 % 1009, CAST('x' || (i * 37 % 1009) AS BLOB)
        FROM n
        """;
}

public sealed class PostgreSqlKeysetReaderTests() : KeysetReaderTests(() => new PostgreSqlStore())
{
    protected override string Columns => "id integer PRIMARY KEY, country text, name text, amount numeric, at timestamptz, code uuid";

    protected override string Insert(int count) => $"""
        INSERT INTO item
        SELECT i, CASE WHEN i % 10 = 0 THEN 'FR' ELSE 'DE' END, 'ü' || (i * 37 % 1009), i * 37 % 1009 / 8.0, timestamptz 'epoch' + i * 37 % 1009 * interval '1.000001 s',
            md5((i * 37 % 1009)::text)::uuid
        FROM generate_series(1, {count}) AS i
        """;

    [SkippableFact]
    public async Task A_connection_that_breaks_between_pages_is_replaced()
    {
        await FillAsync(100);
        var store = (PostgreSqlStore)Store;
        await Database.ExecuteAsync("ALTER TABLE item ADD COLUMN pid integer");
        var query = Query() with { PageSize = 10, Prefetch = 1, Columns = ["id", "country", "pg_backend_pid()"] };
        var broken = 0;
        query = query with
        {
            Map = row =>
            {
                var item = new Item(row.GetInt32(0), row.GetString(1));
                if (item.Id == 30 && Interlocked.Exchange(ref broken, 1) == 0)
                    Break(store, row.GetInt32(2));
                return item;
            },
        };

        var (items, _) = await ReadAllAsync(query, 10);

        Assert.Equal(1, broken);
        Assert.Equal(Enumerable.Range(1, 100), items.Select(item => item.Id));
    }

    private static void Break(PostgreSqlStore store, int pid)
    {
        using var connection = new Npgsql.NpgsqlConnection(store.ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand($"SELECT pg_terminate_backend({pid}, 10000)", connection);
        command.ExecuteNonQuery();
    }

    [SkippableTheory]
    [InlineData("smallint", "i::smallint")]
    [InlineData("bigint", "i::bigint")]
    [InlineData("real", "i / 4.0")]
    [InlineData("double precision", "i / 3.0")]
    [InlineData("date", "date '2026-01-01' + i")]
    [InlineData("time", "time '00:00' + i * interval '1.5 s'")]
    [InlineData("timestamp", "timestamp '2026-01-01' + i * interval '1.000001 s'")]
    [InlineData("bytea", "int4send(i)")]
    [InlineData("varchar(20)", "to_char(i, '000000')")]
    public async Task A_key_of_any_column_type_goes_on_where_it_stopped_here(string type, string value)
    {
        await Database.ExecuteAsync($"CREATE TABLE item (id {type} PRIMARY KEY); INSERT INTO item SELECT {value} FROM generate_series(1, 40) AS i");
        var query = new KeysetQuery<Item> { From = "item", Columns = ["id"], Key = ["id"], Map = row => new(0, Text(row.GetValue(0))), PageSize = 7 };
        var (all, checkpoints) = await ReadAllAsync(query, 10);

        var (rest, _) = await ReadAllAsync(query, 10, checkpoints[1]);

        Assert.Equal(40, all.Distinct().Count());
        Assert.Equal(all.Skip(20), rest);
    }

    [SkippableFact]
    public async Task A_key_whose_order_ignores_case_is_refused_with_what_to_write()
    {
        // Stands for the type of the extension, which not every server has.
        await Database.ExecuteAsync("CREATE TYPE citext AS ENUM ('a', 'B'); CREATE TABLE item (id citext PRIMARY KEY); INSERT INTO item VALUES ('a'), ('B')");
        await using var services = Store.Services();
        var query = new KeysetQuery<Item> { From = "item", Columns = ["id"], Key = ["id"], Map = row => new(0, row.GetString(0)) };

        var reader = services.KeysetReader(query);
        await using var disposing = (IAsyncDisposable)reader;
        await reader.OpenAsync(resumeFrom: null, Step(), Never);

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadChunkAsync(reader, 10));

        Assert.Contains("Key column 'id' of 'item' is of type 'citext'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Write 'id::text'", fault.Message, StringComparison.Ordinal);
    }

    private static string Text(object value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        TimeOnly time => time.ToString("O"),
        _ => $"{value}",
    };
}
