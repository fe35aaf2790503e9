using System.Text.Json.Serialization;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Jobs as a shop may have them, with something that runs, something that failed and something that was skipped: for pictures.</summary>
internal sealed class DemoJobs
{
    private readonly HashSet<DateOnly> _broken = [];

    /// <summary>Lets the calendars of that day fail, or not any more.</summary>
    public void Break(DateOnly date, bool isBroken)
    {
        if (isBroken)
            _broken.Add(date);
        else
            _broken.Remove(date);
    }

    public void AddTo(ClutchBuilder clutch) => clutch
        .AddJob("import-products", job => job
            .Describe("Imports the supplier's product file into the catalogue.")
            .Parameter<DateOnly>("date", parameter => parameter.Describe("the business day"))
            .Parameter<int>("rows", parameter => parameter.WithDefault(6_000).NonIdentifying().Describe("how many rows to read"))
            .RestartAutomatically()
            .Step("load", step => step
                .Read(_ => new RowReader<Product>(context => context.Parameters.Get<int>("rows"), static (_, row) => ProductOf(row)))
                .Process(product => product.Price.EndsWith(",-", StringComparison.Ordinal) ? throw new FormatException($"The price '{product.Price}' of product {product.Sku} is not a number.") : product)
                .Filter(product => product.Sku % 40 != 0)
                .WriteChunk(Slowly<Product>(15))
                .ChunkSize(200).Skip<FormatException>(limit: 1_000).ItemType(DemoJson.Default.Product))
            .Step("publish", (step, cancellationToken) => Task.Delay(TimeSpan.FromMilliseconds(200), step.TimeProvider, cancellationToken)))
        .AddJob("price-orders", job => job
            .Describe("Prices the day's orders, range by range.")
            .Parameter<DateOnly>("date")
            .Step("price", step => step
                .Read(_ => new RowReader<int>(context => context.Partition is "range-07" ? 2_400 : 600, static (_, row) => row))
                .WriteChunk(Slowly<int>(25))
                .ChunkSize(100)
                .Partition(_ => Partitioners.Of(Enumerable.Range(1, 16).Select(number => $"range-{number:00}")), concurrency: 4)))
        .AddJob("sync-calendars", job => job
            .Describe("Fetches the calendars that users subscribed to.")
            .Parameter<DateOnly>("date")
            .Step("fetch", step => step
                .Read(_ => new RowReader<int>(_ => 1_500, Fetch))
                .WriteChunk(Slowly<int>(10))
                .ChunkSize(100)))
        .AddJob("nightly-report", job => job
            .Describe("Sums up the day for the finance team.")
            .Parameter<DateOnly>("date")
            .Step("collect", step => step.Read(_ => new RowReader<int>(_ => 100_000, static (_, row) => row)).WriteChunk(Slowly<int>(120)).ChunkSize(250)))
        .AddSchedule("nightly-import", "import-products", schedule => schedule.Cron("30 2 * * 1-5", "Europe/Berlin").Parameter("date", "{scheduled:yyyy-MM-dd}"))
        .AddSchedule("hourly-calendars", "sync-calendars", schedule => schedule.Cron("5 * * * *", "Asia/Seoul").Parameter("date", "{scheduled:yyyy-MM-dd}"))
        .AddSchedule("finance", "nightly-report", schedule => schedule.Cron("0 6 * * *", "America/New_York").Parameter("date", "{scheduled-1d:yyyy-MM-dd}"));

    private int Fetch(StepContext step, int row) => row == 1_100 && _broken.Contains(step.Parameters.Get<DateOnly>("date"))
        ? throw new InvalidOperationException("The feed 'https://calendar.example/team.ics' answered with a login page. Sign in again there, or remove the subscription.")
        : row;

    private static Product ProductOf(int row) => new(row, $"Kettle {row}", row % 1_451 == 0 ? $"{row / 100},-" : $"{row / 100}.95");

    private static Func<Items.WriteBatch<T>, Items.ChunkContext, CancellationToken, ValueTask> Slowly<T>(int milliseconds) =>
        async (_, chunk, cancellationToken) => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), chunk.Step.TimeProvider, cancellationToken);
}

internal sealed record Product(int Sku, string Name, string Price);

[JsonSerializable(typeof(Product))]
internal sealed partial class DemoJson : JsonSerializerContext;
