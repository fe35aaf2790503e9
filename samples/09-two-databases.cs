// Two databases: stock is read from the warehouse's, orders become invoices in the shop's, and parcels go to the warehouse, which keeps the checkpoint of that step beside its data.
//   dotnet run -c Release samples/09-two-databases.cs run ship-orders date=2026-11-27
// CLUTCH_SHOP and CLUTCH_WAREHOUSE name other databases than the files data/shop.db and data/warehouse.db.
#:project ../src/Clutch.PostgreSql/Clutch.PostgreSql.csproj
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj
#:package Microsoft.Extensions.DependencyInjection

using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Relational.Tables;
using Microsoft.Extensions.DependencyInjection;

Directory.CreateDirectory("data");
var shop = Environment.GetEnvironmentVariable("CLUTCH_SHOP") ?? "Data Source=data/shop.db";
var warehouse = Environment.GetEnvironmentVariable("CLUTCH_WAREHOUSE") ?? "Data Source=data/warehouse.db";

var services = new ServiceCollection();
if (shop.Contains("Host=", StringComparison.OrdinalIgnoreCase))
    services.AddClutchPostgreSql(shop);
else
    services.AddClutchSqlite(shop);
if (warehouse.Contains("Host=", StringComparison.OrdinalIgnoreCase))
    services.AddPostgreSqlTarget("warehouse", warehouse);
else
    services.AddSqliteTarget("warehouse", warehouse);

services.AddClutch(clutch => clutch
    .AddJob("ship-orders", job => job
        .Describe("Copies the stock, bills what can be delivered, and tells the warehouse what to pack.")
        .Parameter<DateOnly>("date")
        .Step("create-tables", (step, cancellationToken) => Tables.CreateAsync(step.Services, cancellationToken))
        .Step("copy-stock", step => step
            .Read(context => context.Services.KeysetReader(Queries.Stock, "warehouse"))
            .Write(context => context.Services.BulkUpsert<Stock>("stock", key: stock => stock.Sku)))
        .Step("bill", step => step
            .Read(context => context.Services.KeysetReader(Queries.OrdersOf(context.Parameters.Get<DateOnly>("date"))))
            .Write(_ => new InvoiceWriter()))
        .Step("pack", step => step
            .Read(context => context.Services.KeysetReader(Queries.Invoices))
            .Process(invoice => new Parcel(invoice.OrderId, invoice.Sku, invoice.Quantity))
            .Write(context => context.Services.BulkUpsert(Tables.Parcels))
            .CommitTo("warehouse"))
        .Step("report", Tables.ReportAsync)));

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);

internal sealed record Stock(string Sku, int Quantity);

internal sealed record Order(long Id, string Sku, int Quantity, decimal Price);

internal sealed record Invoice(long OrderId, string Sku, int Quantity, decimal Total);

internal sealed record Parcel(long OrderId, string Sku, int Quantity);

internal static class Queries
{
    public static KeysetQuery<Stock> Stock { get; } = new()
    {
        From = "shelf",
        Columns = ["sku", "quantity"],
        Key = ["sku"],
        Map = row => new(row.GetString(0), row.GetInt32(1)),
    };

    public static KeysetQuery<Invoice> Invoices { get; } = new()
    {
        From = "invoice",
        Columns = ["order_id", "sku", "quantity", "total"],
        Key = ["order_id"],
        Map = row => new(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.GetDecimal(3)),
    };

    public static KeysetQuery<Order> OrdersOf(DateOnly date) => new()
    {
        From = "customer_order AS o JOIN stock AS s ON s.sku = o.sku",
        Columns = ["o.id", "o.sku", "o.quantity", "o.price"],
        Key = ["o.id"],                                                        // unique, never null, with an index
        Where = "o.ordered_on <= @date AND NOT o.is_billed AND s.quantity >= o.quantity",
        Parameters = new Dictionary<string, object?> { ["date"] = date },
        Map = row => new(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.GetDecimal(3)),
        CountsRows = true,                                                     // for the progress bar
    };
}

/// <summary>Fills two tables and marks a third, all in the chunk's transaction.</summary>
internal sealed class InvoiceWriter : IItemWriter<Order>
{
    public async ValueTask WriteAsync(WriteBatch<Order> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var database = chunk.Relational();
        var orders = batch.Items.ToArray();
        await database.Bulk.InsertAsync(Tables.Invoices, orders.Select(order => new Invoice(order.Id, order.Sku, order.Quantity, order.Quantity * order.Price)).ToArray(), cancellationToken);
        await database.Bulk.UpdateAsync(Tables.Billed, batch.Items, cancellationToken);

        await using var command = database.CreateCommand("UPDATE billing SET order_count = order_count + @count");
        var count = command.CreateParameter();
        count.ParameterName = "@count";
        command.Parameters.Add(database.Database.Bind(count, batch.Count));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

internal static class Tables
{
    public static TableMap<Invoice> Invoices { get; } = TableMap.ByConvention<Invoice>("invoice", invoice => invoice.OrderId);

    public static TableMap<Parcel> Parcels { get; } = TableMap.For<Parcel>("parcel")
        .Key("order_id", parcel => parcel.OrderId)
        .Column("sku", parcel => parcel.Sku)
        .Column("pieces", parcel => parcel.Quantity);

    public static TableMap<Order> Billed { get; } = TableMap.For<Order>("customer_order")
        .Key("id", order => order.Id)
        .Column("is_billed", _ => true);

    public static async Task CreateAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        const string Shop = """
            CREATE TABLE IF NOT EXISTS stock (sku varchar(20) PRIMARY KEY, quantity integer NOT NULL);
            CREATE TABLE IF NOT EXISTS customer_order (
                id bigint PRIMARY KEY, sku varchar(20) NOT NULL, quantity integer NOT NULL, price numeric(12, 2) NOT NULL, ordered_on date NOT NULL, is_billed boolean NOT NULL DEFAULT false);
            CREATE TABLE IF NOT EXISTS invoice (order_id bigint PRIMARY KEY, sku varchar(20) NOT NULL, quantity integer NOT NULL, total numeric(12, 2) NOT NULL);
            CREATE TABLE IF NOT EXISTS billing (order_count integer NOT NULL);
            INSERT INTO billing (order_count) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM billing);
            INSERT INTO customer_order (id, sku, quantity, price, ordered_on)
            VALUES (1, 'APPLE', 3, 0.5, '2026-11-26'), (2, 'PLUM', 90, 0.25, '2026-11-26'), (3, 'PLUM', 2, 0.25, '2026-11-27')
            ON CONFLICT (id) DO NOTHING;
            """;
        const string Warehouse = """
            CREATE TABLE IF NOT EXISTS shelf (sku varchar(20) PRIMARY KEY, quantity integer NOT NULL);
            CREATE TABLE IF NOT EXISTS parcel (order_id bigint PRIMARY KEY, sku varchar(20) NOT NULL, pieces integer NOT NULL);
            INSERT INTO shelf (sku, quantity) VALUES ('APPLE', 40), ('PLUM', 7) ON CONFLICT (sku) DO NOTHING;
            """;
        await services.GetRequiredService<RelationalDatabase>().ChangeAsync(new Statement(Shop), Rows.Affected, cancellationToken);
        await services.GetRequiredKeyedService<RelationalDatabase>("warehouse").ChangeAsync(new Statement(Warehouse), Rows.Affected, cancellationToken);
    }

    public static async Task ReportAsync(StepContext step, CancellationToken cancellationToken)
    {
        var shop = step.Services.GetRequiredService<RelationalDatabase>();
        var warehouse = step.Services.GetRequiredKeyedService<RelationalDatabase>("warehouse");
        var billed = await shop.QueryAsync(new Statement("SELECT CAST(order_count AS text) FROM billing"), Rows.Text, cancellationToken);
        var packed = await warehouse.QueryAsync(new Statement("SELECT CAST(count(*) AS text) FROM parcel"), Rows.Text, cancellationToken);
        await Console.Out.WriteLineAsync($"{billed} orders billed, {packed} parcels to pack.");
    }
}
