using System.Text.Json.Serialization;
using Clutch.Hosting;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Jobs as a shop may have them, with something that runs, something that failed and something that was skipped: for pictures.</summary>
internal static class DemoJobs
{
    public static void AddTo(ClutchBuilder clutch) => clutch
        .AddJob("import-products", job => job
            .Describe("Imports the supplier's product file into the catalogue.")
            .Parameter<DateOnly>("date", parameter => parameter.Describe("the business day"))
            .Parameter<int>("rows", parameter => parameter.WithDefault(6_000).NonIdentifying().Describe("how many rows to read"))
            .RestartAutomatically()
            .Step("load", step => step
                .ReadFrom(context => Rows(context.Parameters.Get<int>("rows")))
                .Process(row => row % 1_451 == 0 ? throw new FormatException($"The price '{row},-' of product {row} is not a number.") : row)
                .Filter(row => row % 40 != 0)
                .WriteChunk(Slowly(15))
                .ChunkSize(200).Skip<FormatException>(limit: 1_000).ItemType(DemoJson.Default.Int32))
            .Step("publish", (step, cancellationToken) => Task.Delay(TimeSpan.FromMilliseconds(200), step.TimeProvider, cancellationToken)))
        .AddJob("price-orders", job => job
            .Describe("Prices the day's orders, range by range.")
            .Parameter<DateOnly>("date")
            .Step("price", step => step
                .ReadFrom(context => Rows(context.Partition is "range-07" ? 2_400 : 600))
                .WriteChunk(Slowly(25))
                .ChunkSize(100)
                .Partition(_ => Partitioners.Of(Enumerable.Range(1, 16).Select(number => $"range-{number:00}")), concurrency: 4)))
        .AddJob("sync-calendars", job => job
            .Describe("Fetches the calendars that users subscribed to.")
            .Parameter<DateOnly>("date")
            .Step("fetch", step => step
                .ReadFrom(_ => Rows(1_500))
                .Process(row => row == 1_100 ? throw new InvalidOperationException("The feed 'https://calendar.example/team.ics' answered with a login page. Sign in again there, or remove the subscription.") : row)
                .WriteChunk(Slowly(10))
                .ChunkSize(100)))
        .AddJob("nightly-report", job => job
            .Describe("Sums up the day for the finance team.")
            .Parameter<DateOnly>("date")
            .Step("collect", step => step.ReadFrom(_ => Rows(20_000)).WriteChunk(Slowly(120)).ChunkSize(250)))
        .AddSchedule("nightly-import", "import-products", schedule => schedule.Cron("30 2 * * 1-5", "Europe/Berlin").Parameter("date", "{scheduled:yyyy-MM-dd}"))
        .AddSchedule("hourly-calendars", "sync-calendars", schedule => schedule.Cron("5 * * * *", "Asia/Seoul").Parameter("date", "{scheduled:yyyy-MM-dd}"))
        .AddSchedule("finance", "nightly-report", schedule => schedule.Cron("0 6 * * *", "America/New_York").Parameter("date", "{scheduled-1d:yyyy-MM-dd}"));

    private static Func<Items.WriteBatch<int>, Items.ChunkContext, CancellationToken, ValueTask> Slowly(int milliseconds) =>
        async (_, chunk, cancellationToken) => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), chunk.Step.TimeProvider, cancellationToken);

    private static async IAsyncEnumerable<int> Rows(int count)
    {
        for (var row = 1; row <= count; row++)
            yield return row;
        await Task.CompletedTask;
    }
}

[JsonSerializable(typeof(int))]
internal sealed partial class DemoJson : JsonSerializerContext;
