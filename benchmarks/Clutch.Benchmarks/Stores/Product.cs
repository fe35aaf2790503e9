using System.Globalization;
using Clutch.Files;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Relational.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>The row that all measurements over tables and files use (about 300 bytes as CSV).</summary>
internal sealed record Product(long Id, string Sku, string Name, int Qty, decimal Price, DateTimeOffset UpdatedAt, string Payload)
{
    public const string PostgreSqlTable = """
        (id bigint PRIMARY KEY, sku varchar(20) NOT NULL, name varchar(60) NOT NULL, qty int NOT NULL, price numeric(12,2) NOT NULL,
         updated_at timestamptz NOT NULL, payload text NOT NULL)
        """;

    public const string SqliteTable = "(id INTEGER PRIMARY KEY, sku TEXT NOT NULL, name TEXT NOT NULL, qty INTEGER NOT NULL, price TEXT NOT NULL, updated_at TEXT NOT NULL, payload TEXT NOT NULL)";

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string Text = string.Concat(Enumerable.Repeat("A restartable job does its work once, whatever breaks. ", 6));

    public static TableMap<Product> Map(string table = "product") => TableMap.For<Product>(table)
        .Key("id", product => product.Id)
        .Column("sku", product => product.Sku)
        .Column("name", product => product.Name)
        .Column("qty", product => product.Qty)
        .Column("price", product => product.Price)
        .Column("updated_at", product => product.UpdatedAt)
        .Column("payload", product => product.Payload);

    public static Product Make(long number) => new(
        number,
        string.Create(CultureInfo.InvariantCulture, $"SKU-{number:D10}"),
        string.Create(CultureInfo.InvariantCulture, $"Product {number} of the synthetic catalogue"),
        (int)(number * 7919 % 1_000),
        number * 31 % 1_000_000 / 100m,
        Start.AddSeconds(number),
        Text.Substring((int)(number % 80), 200));

    public static Product From(FileRow row) => new(
        row.GetInt64("id"),
        row.GetString("sku"),
        row.GetString("name"),
        row.GetInt32("qty"),
        row.GetDecimal("price"),
        row.GetDateTimeOffset("updated_at"),
        row.GetString("payload"));

    /// <summary>Reads a table of products by its key.</summary>
    public static KeysetQuery<Product> Query(string table) => new()
    {
        From = table,
        Columns = ["id", "sku", "name", "qty", "price", "updated_at", "payload"],
        Key = ["id"],
        Map = row => new(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetDecimal(4), row.GetFieldValue<DateTimeOffset>(5), row.GetString(6)),
    };

    /// <summary>Fills a PostgreSQL table with products 1 to <paramref name="rows"/> and lets the server get to know them.</summary>
    public static async Task FillAsync(IServiceProvider services, string table, int rows)
    {
        await using (var session = await services.GetRequiredService<RelationalDatabase>().OpenSessionAsync(CancellationToken.None))
        {
            await session.BeginAsync(CancellationToken.None);
            foreach (var numbers in Enumerable.Range(1, rows).Chunk(10_000))
                await session.Bulk.InsertAsync(Map(table), Array.ConvertAll(numbers, number => Make(number)), CancellationToken.None);
            await session.CommitAsync(CancellationToken.None);
        }

        await services.ExecuteAsync($"VACUUM ANALYZE {table}");
    }

    /// <summary>Writes rows <paramref name="first"/> to <paramref name="last"/> as CSV with a header, unless the file is there already.</summary>
    public static string File(string folder, long first, long last)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"products-{first}-{last}");
        return File(folder, name, Numbers(first, last).Select(Make));
    }

    /// <summary>Writes products as CSV with a header, unless the file is there already.</summary>
    public static string File(string folder, string name, IEnumerable<Product> products)
    {
        var path = Path.Combine(folder, $"{name}.csv");
        if (System.IO.File.Exists(path))
            return path;
        using var writer = new StreamWriter(path);
        writer.WriteLine("id,sku,name,qty,price,updated_at,payload");
        foreach (var product in products)
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{product.Id},{product.Sku},{product.Name},{product.Qty},{product.Price},{product.UpdatedAt:yyyy-MM-dd HH:mm:ss+00},\"{product.Payload}\"\n"));
        return path;
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (var number = first; number <= last; number++)
            yield return number;
    }
}
