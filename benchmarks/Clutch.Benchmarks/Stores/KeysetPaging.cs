using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P4: does the last page of a large table cost what the first does, and the whole pass what one streaming query does?</summary>
internal static class KeysetPaging
{
    private const int PageSize = 5_000;

    // A page takes milliseconds, so it is read often.
    private const int PagesARun = 10;

    private const string First = "first page";
    private const string Last = "last page";
    private const string Stream = "one streaming query";
    private const string Keyset = "keyset reader";

    private static readonly KeysetQuery<Row> Query = new()
    {
        From = "narrow",
        Columns = ["id", "value"],
        Key = ["id"],
        Map = row => new(row.GetInt64(0), row.GetInt64(1)),
        PageSize = PageSize,
    };

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(5_000_000);
        if (rows < PageSize)
            throw new InvalidOperationException($"P4 reads pages of {PageSize} rows: {rows} are too few.");
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var services = await StoreJobs.OpenAsync(services => services.AddClutchPostgreSql(server.ConnectionString), _ => { });
        await services.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE narrow AS SELECT 3 * number AS id, 7 * number AS value FROM generate_series(1::bigint, {rows}) AS number"));
        await services.ExecuteAsync("ALTER TABLE narrow ADD PRIMARY KEY (id)");
        await services.ExecuteAsync("VACUUM ANALYZE narrow");

        await PagesAsync(options, services, rows);
        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P4: a whole pass over {rows:N0} narrow rows"))
            .Add(Stream, () => Measurement.OfAsync(rows, () => StreamAsync(services, rows)))
            .Add(Keyset, () => Measurement.OfAsync(rows, async () => StoreJobs.Expect(rows, await StoreJobs.ReadAllAsync(services, services.KeysetReader(Query), PageSize))));
        (await comparison.RunAsync(options.Runs)).Write();
        options.Aims.AtLeast("a whole pass against one streaming query", 0.8, comparison.Speed(Keyset, Stream).Median);
    }

    private static async Task PagesAsync(BenchmarkOptions options, IServiceProvider services, int rows)
    {
        Task<Measurement> PageAsync(string where) => Measurement.OfAsync(PageSize, () => ReadPageAsync(services, where));
        var question = string.Create(CultureInfo.InvariantCulture, $"P4: a page of {PageSize:N0} out of {rows:N0} narrow rows, PostgreSQL");
        var comparison = await new Comparison(options.Output, question)
            .Add(First, () => PageAsync("WHERE id > 0 ORDER BY id LIMIT {0}"))
            .Add(Last, () => PageAsync($"WHERE id > {(3L * (rows - PageSize)).ToString(CultureInfo.InvariantCulture)} ORDER BY id LIMIT {{0}}"))
            .Add("last page by OFFSET", () => PageAsync($"ORDER BY id LIMIT {{0}} OFFSET {(rows - PageSize).ToString(CultureInfo.InvariantCulture)}"))
            .RunAsync(options.Runs * PagesARun);
        var table = new Table(question, "page", "ms, median (min-max)", "against the first page");
        foreach (var name in comparison.Names)
            table.Add(name, Spread.Of(comparison.Of(name).Select(run => run.Seconds * 1_000)).Text("0.0"), $"{comparison.Cost(name, First).Text("0.00")}x");
        table.Write(options.Output);
        options.Aims.AtMost("the last page against the first", 1.2, comparison.Cost(Last, First).Median);
    }

    private static async Task ReadPageAsync(IServiceProvider services, string where)
    {
        var statement = new Statement("SELECT id, value FROM narrow " + string.Format(CultureInfo.InvariantCulture, where, PageSize));
        var page = await services.GetRequiredService<RelationalDatabase>().QueryAsync(statement, Rows.All(Query.Map), CancellationToken.None);
        StoreJobs.Expect(PageSize, page.Count);
    }

    private static async Task StreamAsync(IServiceProvider services, int rows)
    {
        await using var connection = await services.GetRequiredService<RelationalDatabase>().OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, value FROM narrow ORDER BY id";
        await using var reader = await command.ExecuteReaderAsync();
        var chunk = new Row[PageSize];
        var count = 0;
        while (await reader.ReadAsync())
            chunk[count++ % PageSize] = Query.Map(reader);
        StoreJobs.Expect(rows, count);
    }

    private sealed record Row(long Id, long Value);
}
