// Imports products from a CSV file into a table, in chunks that commit together with their checkpoint.
//   dotnet run -c Release samples/02-import-products.cs run import-products rows=1000000
// Kill it (kill -9) and run it again: it goes on where the last chunk committed. CLUTCH_DB names another database than the file data/clutch.db.
#:project ../src/Clutch.Files/Clutch.Files.csproj
#:project ../src/Clutch.PostgreSql/Clutch.PostgreSql.csproj
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj
#:package Microsoft.Extensions.DependencyInjection

using System.Text.Json.Serialization;
using Clutch.Executions;
using Clutch.Files;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Microsoft.Extensions.DependencyInjection;

Directory.CreateDirectory("data");
var database = Environment.GetEnvironmentVariable("CLUTCH_DB") ?? "Data Source=data/clutch.db";
var chunkSize = int.Parse(Environment.GetEnvironmentVariable("CLUTCH_CHUNK") ?? "5000");

var services = new ServiceCollection();
if (database.Contains("Host=", StringComparison.OrdinalIgnoreCase))
    services.AddClutchPostgreSql(database);
else
    services.AddClutchSqlite(database);

services.AddClutch(clutch => clutch
    .AddJob("import-products", job => job
        .Describe("Makes a CSV file of products (any size, always the same) and imports it.")
        .Parameter<int>("rows", rows => rows.WithDefault(1_000_000).Must(count => count > 0, "must be positive").Describe("how many products"))
        .Parameter<string>("file", file => file.Optional().Describe("a CSV file to import instead of one made here"))
        .Step("create-table", (step, cancellationToken) => Products.CreateTableAsync(step.Services.GetRequiredService<RelationalDatabase>(), cancellationToken))
        .Decide("source", flow => flow.Parameters.Get("file", "") == "" ? "Make" : "Given")
        .On("source").Outcome("Given").GoTo("import")
        .Step("make-file", step => step
            .Read(context => new ProductSource(context.Parameters.Get<int>("rows")))
            .Write(context => DelimitedFile.Writer<Product>(Products.FileOf(context), Products.Columns, new() { Overwrites = true }))
            .ChunkSize(10_000))
        .Step("import", step => step
            .Read(context => DelimitedFile.Reader<Product>(Products.FileOf(context)))
            .Write(context => context.Services.BulkInsert(Products.Table))
            .ChunkSize(chunkSize)
            .Skip<FileRecordException>(limit: 100)
            .ItemType(() => ProductJson.Default.Product))));

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);

/// <summary>A product as it stands in the file and in the table.</summary>
internal sealed record Product(long Id, string Sku, string Name, int Qty, decimal Price, DateTimeOffset UpdatedAt, string Payload);

[JsonSerializable(typeof(Product))]
internal sealed partial class ProductJson : JsonSerializerContext;

internal static class Products
{
    public static TableMap<Product> Table { get; } = TableMap.For<Product>("product")
        .Key("id", product => product.Id)
        .Column("sku", product => product.Sku)
        .Column("name", product => product.Name)
        .Column("qty", product => product.Qty)
        .Column("price", product => product.Price)
        .Column("updated_at", product => product.UpdatedAt)
        .Column("payload", product => product.Payload);

    public static string FileOf(StepContext step) => step.Parameters.Get("file", $"data/products-{step.Parameters.Get<int>("rows")}.csv");

    public static void Columns(DelimitedColumns<Product> columns) => columns
        .Add("id", product => product.Id)
        .Add("sku", product => product.Sku)
        .Add("name", product => product.Name)
        .Add("qty", product => product.Qty)
        .Add("price", product => product.Price)
        .Add("updated_at", product => product.UpdatedAt)
        .Add("payload", product => product.Payload);

    public static async Task CreateTableAsync(RelationalDatabase database, CancellationToken cancellationToken)
    {
        const string Sql = """
            CREATE TABLE IF NOT EXISTS product (
                id bigint PRIMARY KEY,
                sku varchar(20) NOT NULL,
                name varchar(80) NOT NULL,
                qty integer NOT NULL,
                price numeric(12, 2) NOT NULL,
                updated_at timestamptz NOT NULL,
                payload text NOT NULL
            )
            """;
        await database.ChangeAsync(new Statement(Sql), Rows.Affected, cancellationToken);
    }
}

/// <summary>Makes products by number: the same ones in every run, so a restart can go on at any place.</summary>
internal sealed class ProductSource(int count) : IItemReader<Product>
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _next;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _next = (int)(resumeFrom?.ToPosition() ?? 0);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadAsync(ReadBatch<Product> batch, CancellationToken cancellationToken)
    {
        for (; batch.Remaining > 0 && _next < count; _next++)
            batch.Add(Make(_next + 1));
        batch.Checkpoint = Checkpoint.At(_next);
        batch.Fraction = (double)_next / count;
        if (_next == count)
            batch.End();
        return ValueTask.CompletedTask;
    }

    private static Product Make(int number) => new(
        number,
        $"SKU-{number:D8}",
        $"Product {number} of the synthetic catalogue",
        number * 7919 % 1_000,
        number * 31 % 1_000_000 / 100m,
        Start.AddSeconds(number),
        $"{{\"colour\":\"{Colours[number % Colours.Length]}\",\"text\":\"{Text[(number % 50)..][..120]}\"}}");

    private static readonly string[] Colours = ["red", "green", "blue", "black", "white"];
    private static readonly string Text = string.Concat(Enumerable.Repeat("A restartable job does its work once, whatever breaks on the way. ", 4));
}
