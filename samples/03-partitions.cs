// Three steps, the second cut into eight key ranges of equally many rows, four of them at a time. Each range has its own checkpoint.
//   dotnet run -c Release samples/03-partitions.cs run price-orders orders=200000
// Kill it (kill -9) in the middle and run it again: finished ranges are not run again, the others go on where they were.
// CLUTCH_DB names another database than the file data/clutch.db.
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
var database = Environment.GetEnvironmentVariable("CLUTCH_DB") ?? "Data Source=data/clutch.db";
var chunkSize = int.Parse(Environment.GetEnvironmentVariable("CLUTCH_CHUNK") ?? "1000");
var orders = new KeysetQuery<Order>
{
    From = "customer_order",
    Columns = ["id", "quantity"],
    Key = ["id"],
    Map = row => new(row.GetInt64(0), row.GetInt32(1)),
};

var services = new ServiceCollection();
if (database.Contains("Host=", StringComparison.OrdinalIgnoreCase))
    services.AddClutchPostgreSql(database);
else
    services.AddClutchSqlite(database);

services.AddClutch(clutch => clutch
    .AddJob("price-orders", job => job
        .Describe("Makes orders, prices them range by range, and checks the sum.")
        .Parameter<int>("orders", count => count.WithDefault(200_000).Must(value => value > 0, "must be positive"))
        .Step("create-tables", (step, cancellationToken) => Tables.CreateAsync(step, cancellationToken))
        .Step("make-orders", step => step
            .Read(context => new OrderSource(context.Parameters.Get<int>("orders")))
            .Write(context => context.Services.BulkInsert(Tables.Orders))
            .ChunkSize(chunkSize))
        .Step("price", step => step
            .Read(context => context.Services.KeysetReader(orders with { WithinPartition = true }))
            .Process(order => new Price(order.Id, order.Quantity * 3))
            .Write(context => context.Services.BulkInsert(Tables.Prices))
            .ChunkSize(chunkSize)
            .Partition(context => context.Services.KeyRanges(orders, count: 8), concurrency: 4))
        .Step("check", (step, cancellationToken) => Tables.CheckAsync(step, cancellationToken))));

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);

internal sealed record Order(long Id, int Quantity);

internal sealed record Price(long OrderId, int Amount);

internal static class Tables
{
    public static TableMap<Order> Orders { get; } = TableMap.For<Order>("customer_order").Key("id", order => order.Id).Column("quantity", order => order.Quantity);

    public static TableMap<Price> Prices { get; } = TableMap.For<Price>("order_price").Key("order_id", price => price.OrderId).Column("amount", price => price.Amount);

    public static async Task CreateAsync(StepContext step, CancellationToken cancellationToken)
    {
        var database = step.Services.GetRequiredService<RelationalDatabase>();
        await database.ChangeAsync(new Statement("CREATE TABLE IF NOT EXISTS customer_order (id bigint PRIMARY KEY, quantity integer NOT NULL)"), Rows.Affected, cancellationToken);
        await database.ChangeAsync(new Statement("CREATE TABLE IF NOT EXISTS order_price (order_id bigint PRIMARY KEY, amount integer NOT NULL)"), Rows.Affected, cancellationToken);
    }

    public static async Task CheckAsync(StepContext step, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT count(*), coalesce(sum(p.amount - 3 * o.quantity), 0)
            FROM customer_order AS o JOIN order_price AS p ON p.order_id = o.id
            """;
        var database = step.Services.GetRequiredService<RelationalDatabase>();
        var (count, difference) = (await database.QueryAsync(new Statement(Sql), Rows.All(row => (row.GetInt64(0), row.GetInt64(1))), cancellationToken))[0];
        var expected = step.Parameters.Get<int>("orders");
        if (count != expected || difference != 0)
            throw new InvalidDataException($"{count} of {expected} orders are priced, with a difference of {difference}.");
    }
}

/// <summary>Makes orders by number: the same ones in every run.</summary>
internal sealed class OrderSource(int count) : IItemReader<Order>
{
    private int _next;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _next = (int)(resumeFrom?.ToPosition() ?? 0);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadAsync(ReadBatch<Order> batch, CancellationToken cancellationToken)
    {
        for (; batch.Remaining > 0 && _next < count; _next++)
            batch.Add(new(_next + 1, (_next % 17) + 1));
        batch.Checkpoint = Checkpoint.At(_next);
        batch.Fraction = (double)_next / count;
        if (_next == count)
            batch.End();
        return ValueTask.CompletedTask;
    }
}
