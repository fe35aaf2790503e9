// A server whose schedules and partitions are shared by any number of identical processes on one PostgreSQL. It prices the orders of sample 03, so run that first:
//
//   export CLUTCH_DB="Host=..."
//   dotnet run -c Release samples/03-partitions.cs run price-orders orders=200000
//   dotnet run -c Release samples/08-schedules.cs
//
// and this as often as you like, on as many machines:
//
//   dotnet run -c Release samples/08-schedules.cs --urls http://127.0.0.1:0
//
// The schedule fires at 02:30 in Berlin, or when it is told to:
//
//   clutch schedules run nightly --reason "try it"      (dotnet run --project src/Clutch.Cli -- schedules run ...)
#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Clutch.PostgreSql/Clutch.PostgreSql.csproj
#:project ../src/Clutch.Quartz/Clutch.Quartz.csproj
#:project ../src/Clutch.Server/Clutch.Server.csproj

using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Relational.Tables;

var database = Environment.GetEnvironmentVariable("CLUTCH_DB") ?? "Host=127.0.0.1;Database=postgres;Username=postgres";
var orders = new KeysetQuery<Order>
{
    From = "customer_order",
    Columns = ["id", "quantity"],
    Key = ["id"],
    Map = row => new(row.GetInt64(0), row.GetInt32(1)),
};
var prices = TableMap.For<Price>("order_price").Key("order_id", price => price.OrderId).Column("amount", price => price.Amount);

var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;
services.AddClutchPostgreSql(database);
services.AddClutch(clutch => clutch
    .AddJob("price-orders", job => job
        .Parameter<DateOnly>("date")
        .Step("price", step => step
            .Read(context => context.Services.KeysetReader(orders with { WithinPartition = true }))
            .Process(order => new Price(order.Id, order.Quantity * 3))
            .Write(context => context.Services.BulkUpsert(prices))
            .Partition(context => context.Services.KeyRanges(orders, count: 300), concurrency: 4)   // tasks in the process that runs the job
            .OnAllNodes()))                                                                         // and workers of all others; OnAllNodes("gpu") of those with a label
    .AddSchedule("nightly", "price-orders", schedule => schedule
        .Cron("30 2 * * 1-5", "Europe/Berlin")
        .Parameter("date", "{scheduled-1d:yyyy-MM-dd}")));
services.AddClutchSchedules(schedules => schedules.UsePostgreSql(database).Configure(options => options.PartitionSlots = 8));   // any number of processes; UseSqlite("Data Source=clutch.db") for one
services.AddClutchServer();

var app = builder.Build();
app.MapClutchServer();
return await app.RunClutchServerAsync(args);

internal sealed record Order(long Id, int Quantity);

internal sealed record Price(long OrderId, int Amount);
