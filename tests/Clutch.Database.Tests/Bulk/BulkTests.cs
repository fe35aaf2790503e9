using Clutch.Database.Tests.Fixtures;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Clutch.Repository;

namespace Clutch.Database.Tests.Bulk;

public sealed record Product(string Sku, string? Name, int Quantity, decimal? Price);

public abstract class BulkTests(Func<Store> open) : StoreTests(open)
{
    protected static readonly Product Plum = new("plum", "Pflaume", 3, 0.45m);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Database.ExecuteAsync($"CREATE TABLE product ({Store.ProductColumns})");
    }

    [SkippableFact]
    public async Task Ten_thousand_items_are_inserted_and_commit_with_the_checkpoint()
    {
        await using var run = await StepRun.StartAsync(Services);
        var products = Products(10_000).ToArray();

        await run.WriteAsync(Services.BulkInsert<Product>("product"), products);
        await run.WriteAsync(Services.BulkInsert<Product>("product"), Plum);

        Assert.Equal([.. products, Plum], await ListAsync());
        Assert.Equal(10_001, (await Repository.ListStepsAsync(run.Step.JobExecutionId, Never)).Single().Counts.Read);
    }

    [SkippableFact]
    public async Task Text_of_all_the_world_and_nulls_arrive_as_they_are()
    {
        await using var run = await StepRun.StartAsync(Services);
        Product[] products =
        [
            new("a", "日本語 🦜 \t\n\\N \" ' ;", 0, null),
            new("b", null, 1, 0.01m),
            new("c", string.Empty, int.MaxValue, 9_999_999_999.99m),
            new("d", new string('x', 100_000), 2, -1234.5m),
        ];

        await run.WriteAsync(Services.BulkInsert<Product>("product"), products);

        Assert.Equal(products, await ListAsync());
    }

    [SkippableFact]
    public async Task An_upsert_inserts_what_is_new_and_updates_what_changed()
    {
        await using var run = await StepRun.StartAsync(Services);
        var upsert = Services.BulkUpsert<Product>("product", key: product => product.Sku);
        await run.WriteAsync(upsert, new("b", "B", 1, 1), new("a", "A", 1, null), new("c", "C", 1, 1));

        await run.WriteAsync(upsert, new("d", "D", 4, 4), new("a", "A", 1, 2), new("c", null, 9, 1));

        Assert.Equal([new("a", "A", 1, 2), new("b", "B", 1, 1), new("c", null, 9, 1), new("d", "D", 4, 4)], await ListAsync());
    }

    [SkippableFact]
    public async Task Of_items_with_equal_keys_the_last_counts()
    {
        await using var run = await StepRun.StartAsync(Services);

        await run.WriteAsync(
            Services.BulkUpsert<Product>("product", key: product => product.Sku), new("b", "1", 1, 1), new("a", "1", 1, 1), new("b", "2", 2, 2), new("b", "3", 3, 3), new("a", "2", 2, 2));

        Assert.Equal([new("a", "2", 2, 2), new("b", "3", 3, 3)], await ListAsync());
    }

    [SkippableFact]
    public async Task Rows_that_did_not_change_are_not_touched()
    {
        var products = Products(1_000).ToArray();
        var map = TableMap.ByConvention<Product>("product", product => product.Sku);
        await using var run = await StepRun.StartAsync(Services);
        await run.WriteAsync(Services.BulkUpsert(map), products);
        await run.WriteAsync(Services.BulkUpsert(map), products);
        var before = await VersionsAsync();
        products[17] = products[17] with { Quantity = 4711 };

        await using var chunk = await run.Session.BeginAsync(Never);
        var changed = await ((IRelationalChunk)chunk).Bulk.UpsertAsync<Product>(map, products, Never);
        await run.CommitAsync(chunk, products.Length);

        Assert.Equal(1, changed);
        Assert.Equal([products[17].Sku], (await VersionsAsync()).Except(before).Select(version => version.Split('|')[0]).Distinct());
    }

    [SkippableFact]
    public async Task Chunks_of_which_all_or_nothing_changed_may_alternate()
    {
        var products = Products(100).ToArray();
        var map = TableMap.ByConvention<Product>("product", product => product.Sku);
        await using var run = await StepRun.StartAsync(Services);
        var changes = new List<int>();
        foreach (var quantity in (int[])[1, 1, 2, 3, 3, 3, 4])
        {
            await using var chunk = await run.Session.BeginAsync(Never);
            changes.Add(await ((IRelationalChunk)chunk).Bulk.UpsertAsync<Product>(map, products.Select(product => product with { Quantity = quantity }).ToArray(), Never));
            await run.CommitAsync(chunk, products.Length);
        }

        Assert.Equal([100, 0, 100, 100, 0, 0, 100], changes);
        Assert.All(await ListAsync(), product => Assert.Equal(4, product.Quantity));
    }

    [SkippableFact]
    public async Task A_change_of_case_only_is_written_where_the_column_ignores_case()
    {
        await Database.ExecuteAsync(LabelTable);
        await using var run = await StepRun.StartAsync(Services);
        var map = TableMap.For<Product>("label").Key("sku", product => product.Sku).Column("name", product => product.Name);
        await using var chunk = await run.Session.BeginAsync(Never);
        var bulk = ((IRelationalChunk)chunk).Bulk;

        // Of its two upserts, PostgreSQL takes one after a chunk that changed and the other after one that did not: both meet a change.
        var upserted = new List<int>();
        foreach (var name in (string[])["widget", "Widget", "Widget", "WIDGET"])
            upserted.Add(await bulk.UpsertAsync<Product>(map, new Product[] { Plum with { Name = name } }, Never));
        var updated = await bulk.UpdateAsync<Product>(map, new Product[] { Plum with { Name = "Widget" } }, Never);
        await run.CommitAsync(chunk, 5);

        Assert.Equal([1, 1, 0, 1], upserted);
        Assert.Equal(1, updated);
        Assert.Equal(["Widget"], await Database.ListAsync("SELECT name FROM label WHERE name = 'wIDGET'", row => row.GetString(0)));
    }

    [SkippableFact]
    public async Task Several_bulk_operations_share_a_chunk()
    {
        await using var run = await StepRun.StartAsync(Services);
        var map = TableMap.ByConvention<Product>("product", product => product.Sku);
        await using var chunk = await run.Session.BeginAsync(Never);
        var bulk = ((IRelationalChunk)chunk).Bulk;

        await bulk.InsertAsync<Product>(map, new Product[] { new("a", "A", 1, 1), new("b", "B", 1, 1), new("c", "C", 1, 1) }, Never);
        await bulk.UpsertAsync<Product>(map, new Product[] { new("a", "A2", 1, 1), new("d", "D", 1, 1) }, Never);
        await bulk.UpsertAsync<Product>(map, new Product[] { new("d", "D2", 1, 1) }, Never);
        await bulk.UpdateAsync<Product>(map, new Product[] { new("b", "B2", 1, 1) }, Never);
        await bulk.DeleteAsync<Product>(map, new Product[] { new("c", null, 0, null) }, Never);
        await bulk.DeleteAsync<Product>(map, ReadOnlyMemory<Product>.Empty, Never);
        await run.CommitAsync(chunk, 1);

        Assert.Equal(["A2", "B2", "D2"], (await ListAsync()).Select(product => product.Name));
    }

    [SkippableFact]
    public async Task An_update_changes_rows_that_exist_and_differ()
    {
        await using var run = await StepRun.StartAsync(Services);
        await run.WriteAsync(Services.BulkInsert<Product>("product"), new("a", "A", 1, 1), new("b", "B", 1, 1));
        var map = TableMap.For<Product>("product").Key("sku", product => product.Sku).Column("quantity", product => product.Quantity);
        await using var chunk = await run.Session.BeginAsync(Never);

        var changed = await ((IRelationalChunk)chunk).Bulk.UpdateAsync<Product>(map, new Product[] { new("b", null, 7, null), new("a", null, 1, null), new("x", null, 1, null) }, Never);
        await run.CommitAsync(chunk, 3);

        Assert.Equal(1, changed);
        Assert.Equal([new("a", "A", 1, 1), new("b", "B", 7, 1)], await ListAsync());
    }

    [SkippableFact]
    public async Task A_delete_removes_the_rows_with_these_keys()
    {
        await using var run = await StepRun.StartAsync(Services);
        await run.WriteAsync(Services.BulkInsert<Product>("product"), Products(100).ToArray());

        await run.WriteAsync(Services.BulkDelete<Product>("product", product => product.Sku), [.. Products(90), Plum]);

        Assert.Equal(Products(100).Skip(90), await ListAsync());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(57)]
    [InlineData(99)]
    public async Task The_item_that_the_database_refuses_is_named(int bad)
    {
        await using var run = await StepRun.StartAsync(Services);
        var products = Products(100).ToArray();
        products[bad] = products[bad] with { Quantity = -1 };
        await using var chunk = await run.Session.BeginAsync(Never);
        await chunk.SetSavepointAsync(Never);

        var fault = await Assert.ThrowsAsync<ItemWriteException>(() => StepRun.WriteAsync(Services.BulkInsert<Product>("product"), run.Context, chunk, products));

        Assert.Equal(bad, fault.Index);
        Assert.False(Repository.ChunkStore.IsTransient(fault));
        await chunk.ReturnToSavepointAsync(Never);
        await StepRun.WriteAsync(Services.BulkInsert<Product>("product"), run.Context, chunk, products.Where((_, i) => i != bad).ToArray());
        await run.CommitAsync(chunk, 99);
        Assert.Equal(99, (await ListAsync()).Count);
    }

    [SkippableFact]
    public async Task A_key_that_is_there_already_names_its_item()
    {
        await using var run = await StepRun.StartAsync(Services);
        await run.WriteAsync(Services.BulkInsert<Product>("product"), Plum);
        await using var chunk = await run.Session.BeginAsync(Never);

        var fault = await Assert.ThrowsAsync<ItemWriteException>(
            () => StepRun.WriteAsync(Services.BulkInsert<Product>("product"), run.Context, chunk, [.. Products(10), Plum, .. Products(20).Skip(10)]));

        Assert.Equal(10, fault.Index);
    }

    [SkippableFact]
    public async Task A_return_to_a_savepoint_keeps_upserts_possible()
    {
        await using var run = await StepRun.StartAsync(Services);
        var upsert = Services.BulkUpsert<Product>("product", key: product => product.Sku);
        await using var chunk = await run.Session.BeginAsync(Never);
        await chunk.SetSavepointAsync(Never);
        await Assert.ThrowsAnyAsync<Exception>(() => StepRun.WriteAsync(upsert, run.Context, chunk, Plum, Plum with { Sku = "bad", Quantity = -1 }));
        await chunk.ReturnToSavepointAsync(Never);

        await StepRun.WriteAsync(upsert, run.Context, chunk, Plum);
        await run.CommitAsync(chunk, 1);

        Assert.Equal([Plum], await ListAsync());
        await run.WriteAsync(upsert, Plum with { Quantity = 8 });
        Assert.Equal(8, Assert.Single(await ListAsync()).Quantity);
    }

    [SkippableFact]
    public async Task What_was_written_before_a_savepoint_outlives_the_parts_after_a_return_to_it()
    {
        await using var run = await StepRun.StartAsync(Services);
        var delete = Services.BulkDelete<Product>("product", key: product => product.Sku);
        var insert = Services.BulkInsert<Product>("product");
        await run.WriteAsync(insert, Products(3).ToArray());
        await using var chunk = await run.Session.BeginAsync(Never);
        var changed = Products(3).Select(product => product with { Quantity = 10 * product.Quantity }).ToArray();
        await ReplaceAsync(changed[0]);
        await Assert.ThrowsAsync<ItemWriteException>(() => ReplaceAsync(changed[1] with { Quantity = -1 }));
        await chunk.ReturnToSavepointAsync(Never);

        await ReplaceAsync(changed[2]);
        await run.CommitAsync(chunk, 2);

        Assert.Equal([changed[0], Products(2).Last(), changed[2]], await ListAsync());

        async Task ReplaceAsync(Product product)
        {
            await chunk.SetSavepointAsync(Never);
            await StepRun.WriteAsync(delete, run.Context, chunk, product);
            await StepRun.WriteAsync(insert, run.Context, chunk, product);
        }
    }

    [SkippableFact]
    public async Task A_chunk_that_rolled_back_wrote_nothing_and_the_next_one_does()
    {
        await using var run = await StepRun.StartAsync(Services);
        var upsert = Services.BulkUpsert<Product>("product", key: product => product.Sku);
        await using (var chunk = await run.Session.BeginAsync(Never))
            await StepRun.WriteAsync(upsert, run.Context, chunk, Plum);
        Assert.Empty(await ListAsync());

        Assert.Equal(LeaseAnswer.Held, await run.WriteAsync(upsert, Plum));

        Assert.Equal([Plum], await ListAsync());
    }

    protected static IEnumerable<Product> Products(int count) =>
        Enumerable.Range(1, count).Select(number => new Product($"{number:000000}", $"Product {number}", number, number / 100m));

    /// <summary>Makes the table 'label', whose column 'name' ignores case.</summary>
    protected abstract string LabelTable { get; }

    /// <summary>For each row something that changes when the row is written: its key, a bar, its version.</summary>
    protected abstract Task<IReadOnlyList<string>> VersionsAsync();

    protected async Task<IReadOnlyList<Product>> ListAsync() => await Database.ListAsync(
        "SELECT sku, name, quantity, price FROM product ORDER BY sku",
        row => new Product(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt32(2), row.IsDBNull(3) ? null : row.GetDecimal(3)));
}

public sealed class SqliteBulkTests() : BulkTests(() => new SqliteStore())
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Database.ExecuteAsync("CREATE TABLE touch (sku TEXT NOT NULL); CREATE TRIGGER product_touched AFTER UPDATE ON product BEGIN INSERT INTO touch VALUES (new.sku); END");
    }

    protected override string LabelTable => "CREATE TABLE label (sku TEXT NOT NULL PRIMARY KEY, name TEXT COLLATE NOCASE)";

    protected override Task<IReadOnlyList<string>> VersionsAsync() => Database.ListAsync("SELECT sku || '|' || rowid FROM touch", row => row.GetString(0));
}

public sealed class PostgreSqlBulkTests() : BulkTests(() => new PostgreSqlStore())
{
    protected override string LabelTable => """
        CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE label (sku text NOT NULL PRIMARY KEY, name text COLLATE ignoring_case)
        """;

    protected override Task<IReadOnlyList<string>> VersionsAsync() => Database.ListAsync("SELECT sku || '|' || xmin || '|' || xmax || '|' || ctid FROM product", row => row.GetString(0));
}
