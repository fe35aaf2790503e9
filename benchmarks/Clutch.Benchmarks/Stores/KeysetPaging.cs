using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P4: does the last page of a large table cost what the first does, and the whole pass what one streaming query does?</summary>
internal static class KeysetPaging
{
    private const int PageSize = 5_000;

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
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var services = await StoreJobs.OpenAsync(services => services.AddClutchPostgreSql(server.ConnectionString), _ => { });
        await services.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE narrow AS SELECT 3 * number AS id, 7 * number AS value FROM generate_series(1::bigint, {rows}) AS number"));
        await services.ExecuteAsync("ALTER TABLE narrow ADD PRIMARY KEY (id)");
        await services.ExecuteAsync("VACUUM ANALYZE narrow");

        await PagesAsync(options, services, rows);
        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P4: a whole pass over {rows:N0} narrow rows"))
            .Add("one streaming query", () => Measurement.OfAsync(rows, () => StreamAsync(services, rows)))
            .Add("keyset reader", () => Measurement.OfAsync(rows, () => ReadAsync(services, rows)));
        (await comparison.RunAsync(options.Runs)).Write();
        options.Output.WriteLine("Aim: 0.8x of streaming.");
        options.Output.WriteLine();
    }

    private static async Task PagesAsync(BenchmarkOptions options, IServiceProvider services, int rows)
    {
        var pages = new (string Name, Func<Task> Read)[]
        {
            ("first page", () => PageAsync(services, "WHERE id > 0 ORDER BY id LIMIT {0}")),
            ("last page", () => PageAsync(services, $"WHERE id > {(3L * (rows - PageSize)).ToString(CultureInfo.InvariantCulture)} ORDER BY id LIMIT {{0}}")),
            ("last page by OFFSET", () => PageAsync(services, $"ORDER BY id LIMIT {{0}} OFFSET {(rows - PageSize).ToString(CultureInfo.InvariantCulture)}")),
        };
        var times = pages.ToDictionary(page => page.Name, _ => new List<double>(), StringComparer.Ordinal);
        for (var run = -1; run < options.Runs * 2; run++)
        {
            foreach (var (name, read) in pages)
            {
                var startedAt = Stopwatch.GetTimestamp();
                await read();
                if (run >= 0)
                    times[name].Add(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
            }
        }

        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"P4: a page of {PageSize:N0} out of {rows:N0} narrow rows, PostgreSQL"), "page", "ms, median (min-max)", "against the first page");
        foreach (var (name, list) in times)
            table.Add(name, Spread.Of(list).Text("0.0"), $"{Spread.Of(list.Zip(times["first page"], (one, first) => one / first)).Text("0.00")}x");
        table.Write(options.Output, "Aim: the last page at most 1.2x the first.");
    }

    private static async Task PageAsync(IServiceProvider services, string where)
    {
        var statement = new Statement("SELECT id, value FROM narrow " + string.Format(CultureInfo.InvariantCulture, where, PageSize));
        var page = await services.GetRequiredService<RelationalDatabase>().QueryAsync(statement, Rows.All(Query.Map), CancellationToken.None);
        Expect(PageSize, page.Count);
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
        Expect(rows, count);
    }

    private static async Task ReadAsync(IServiceProvider services, int rows)
    {
        var reader = services.KeysetReader(Query);
        await using var _ = (IAsyncDisposable)reader;
        await reader.OpenAsync(resumeFrom: null, Step(services), CancellationToken.None);
        var batch = new ReadBatch<Row>(PageSize);
        var count = 0;
        while (!batch.IsEnd)
        {
            batch.Clear(firstOrdinal: count + 1);
            await reader.ReadAsync(batch, CancellationToken.None);
            count += batch.Count;
        }

        Expect(rows, count);
    }

    private static void Expect(int rows, int found)
    {
        if (rows != found)
            throw new InvalidOperationException($"{found} rows came, not {rows}: the measurement did not do the work.");
    }

    private static StepContext Step(IServiceProvider services) => new()
    {
        JobName = "benchmark",
        StepName = "read",
        InstanceId = new(1),
        JobExecutionId = new(1),
        StepExecutionId = new(1),
        Parameters = JobParameters.Empty,
        Services = services,
        TimeProvider = TimeProvider.System,
    };

    private sealed record Row(long Id, long Value);
}
