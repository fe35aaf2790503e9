using Clutch.Database.Tests.Fixtures;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Bulk;

public sealed class TableMapTests
{
    [Fact]
    public void Properties_become_columns_in_snake_case()
    {
        var map = TableMap.ByConvention<Article>("article", article => new { article.WarehouseId, article.SKU });

        Assert.Equal(["sku", "warehouse_id", "unit_price", "is_eu", "name2_short"], map.Columns.Select(column => column.Name));
        Assert.Equal(["sku", "warehouse_id"], map.Keys.Select(column => column.Name));
    }

    [Fact]
    public void A_property_without_a_column_type_is_named()
    {
        var fault = Assert.Throws<NotSupportedException>(() => TableMap.ByConvention<Basket>("basket"));

        Assert.StartsWith("Property 'Lines' of 'Basket' is a 'System.Collections.Generic.List`1[System.String]', which has no column type.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_without_a_column_type_is_named() =>
        Assert.Throws<NotSupportedException>(() => TableMap.For<Basket>("basket").Column("lines", basket => basket.Lines));

    [Fact]
    public void A_key_is_made_of_properties() =>
        Assert.Throws<ArgumentException>(() => TableMap.ByConvention<Article>("article", article => article.SKU.Trim()));

    [Fact]
    public void A_column_comes_once() =>
        Assert.Throws<InvalidOperationException>(() => TableMap.For<Article>("article").Key("sku", article => article.SKU).Column("SKU", article => article.SKU));

    [Fact]
    public void Operations_by_key_need_one()
    {
        using var services = new ServiceCollection().BuildServiceProvider();

        Assert.Throws<InvalidOperationException>(() => services.BulkUpsert(TableMap.ByConvention<Article>("article")));
        Assert.Throws<InvalidOperationException>(() => services.BulkDelete(TableMap.ByConvention<Article>("article")));
        Assert.Throws<InvalidOperationException>(() => services.BulkUpdate(TableMap.For<Article>("article").Key("sku", article => article.SKU)));
    }

    [Fact]
    public async Task A_writer_says_so_when_the_chunk_commits_elsewhere()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        var step = new Executions.StepContext
        {
            JobName = "import",
            StepName = "load",
            InstanceId = new(1),
            JobExecutionId = new(1),
            StepExecutionId = new(1),
            Parameters = Executions.JobParameters.Empty,
            Services = services,
            TimeProvider = TimeProvider.System,
        };

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => StepRun.WriteAsync(services.BulkInsert<Article>("article"), step, new NoDatabase(), new Article()));

        Assert.StartsWith("Step 'load' of job 'import' writes to a SQL database, but its chunks commit to 'NoDatabase'.", fault.Message, StringComparison.Ordinal);
    }

    private sealed class Article
    {
        public string SKU { get; init; } = "1";
        public int WarehouseId { get; init; }
        public decimal UnitPrice { get; init; }
        public bool IsEU { get; init; }
        public string? Name2Short { get; init; }
        private int Hidden => 1;
        public override string ToString() => $"{Hidden}";
    }

    private sealed class Basket
    {
        public List<string> Lines { get; init; } = [];
    }

    private sealed class NoDatabase : IChunkTransaction
    {
        public ValueTask SetSavepointAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
