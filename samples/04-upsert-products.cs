// The README's example: products from a CSV file into a table, bad rows as dead letters. It makes clutch.db where it is run:
//   mkdir -p data && printf 'sku,name,qty\nA,Apple,3\nB,Banana,0\nC,Cherry,many\nD,Date,5\n' > data/products.csv
//   dotnet run -c Release samples/04-upsert-products.cs run import-products file=data/products.csv
//   dotnet run -c Release samples/04-upsert-products.cs dead-letters 1
#:project ../src/Clutch.Files/Clutch.Files.csproj
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj
#:package Microsoft.Extensions.DependencyInjection

using Clutch.Files;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

var services = new ServiceCollection();
services.AddClutchSqlite("Data Source=clutch.db");                            // or AddClutchPostgreSql("Host=...")
services.AddClutch(clutch => clutch
    .AddJob("import-products", job => job
        .Parameter<string>("file")                                            // identifying, typed, checked before anything starts
        .Step("prepare", (step, cancellationToken) => Catalogue.CreateAsync(step.Services, cancellationToken))
        .Step("import", step => step
            .Read(context => DelimitedFile.Reader<Product>(context.Parameters.Get<string>("file")))
            .Process(product => product.Qty > 0 ? product : null)             // null filters
            .Write(context => context.Services.BulkUpsert<Product>("product", key: product => product.Sku))
            .ChunkSize(10_000).Concurrency(4)                                 // processed four at a time, committed in read order
            .Retry(3).Skip<FileRecordException>(limit: 100))));               // bad rows become dead letters, up to a hundred

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);                                   // run, restart, stop, list, show, dead-letters, purge ...

internal sealed record Product(string Sku, string Name, int Qty);

internal static class Catalogue
{
    public static async Task CreateAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<RelationalDatabase>().ChangeAsync(
            new Statement("CREATE TABLE IF NOT EXISTS product (sku varchar(20) PRIMARY KEY, name varchar(80) NOT NULL, qty integer NOT NULL)"),
            Rows.Affected,
            cancellationToken);
}
