using Clutch.Files;
using Clutch.Hosting;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace MyJobs;

/// <summary>Imports products from a CSV file. A restart continues after the last committed chunk; rows that cannot be read become dead letters.</summary>
public static class ImportProducts
{
    public const string Name = "import-products";

    public static ClutchBuilder AddImportProducts(this ClutchBuilder clutch) => clutch.AddJob(Name, job => job
        .Parameter<string>("file", file => file.Describe("the CSV file with the columns sku, name and qty"))
        .Step("create-table", (step, cancellationToken) => CreateTableAsync(step.Services, cancellationToken))
        .Step("import", step => step
            .Read(context => DelimitedFile.Reader<Product>(context.Parameters.Get<string>("file")))
            .Process(product => product.Qty > 0 ? product : null)                // null leaves the item out
            .Write(context => context.Services.BulkUpsert<Product>("product", key: product => product.Sku))
            .ChunkSize(1_000)
            .Skip<FileRecordException>(limit: 100)));

    private static async Task CreateTableAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<RelationalDatabase>().ChangeAsync(
            new Statement("CREATE TABLE IF NOT EXISTS product (sku varchar(20) PRIMARY KEY, name varchar(80) NOT NULL, qty integer NOT NULL)"),
            Rows.Affected,
            cancellationToken);
}

/// <summary>A product as it stands in the file and in the table.</summary>
public sealed record Product(string Sku, string Name, int Qty);
