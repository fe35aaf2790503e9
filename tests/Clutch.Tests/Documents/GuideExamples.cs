using System.Text.Json.Serialization;
using Clutch.Executions;
using Clutch.Files;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Outbox.Administration;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Tests.Documents;

/// <summary>Code that the guides show in pieces, built here as a whole: <see cref="CodeTests"/> holds them to it.</summary>
public sealed class GuideExamples
{
    [Fact]
    public async Task The_job_of_the_guides_has_no_fault_in_its_definition()
    {
        var services = new ServiceCollection().AddClutch(clutch => clutch.AddJob("import", job => FaultTolerant(job).Step("report", (step, cancellationToken) => Task.CompletedTask)));
        await using var provider = services.BuildServiceProvider();

        var job = provider.GetRequiredService<JobCatalog>().Get("import");

        Assert.Equal(["load", "report"], job.StepNames);
        Assert.Equal(3, job.RestartPolicy!.Attempts);
    }

    [Fact]
    public void The_readers_and_writers_of_the_guide_can_be_made() => Assert.Equal(10, Readers().Concat(Writers()).Count());

    [Fact]
    public async Task The_scheduler_of_the_guide_hears_of_a_job_that_failed_and_its_retry_completes_the_instance()
    {
        var isBroken = true;
        Task ImportAsync(StepContext step, CancellationToken cancellationToken) => isBroken ? throw new InvalidDataException("The file is torn.") : Task.CompletedTask;
        var services = new ServiceCollection().AddLogging().AddClutch(clutch => clutch.AddJob("nightly-import", job => job.Parameter<DateOnly>("date").Step("load", ImportAsync)));
        await using var provider = services.BuildServiceProvider();
        var nightly = new NightlyImport(provider.GetRequiredService<JobLauncher>());
        var date = new DateOnly(2026, 11, 29);

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => nightly.RunAsync(date));
        isBroken = false;
        await nightly.RunAsync(date);
        isBroken = true;
        await nightly.RunAsync(date);

        Assert.EndsWith("ended Failed: The file is torn.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_product_without_stock_is_left_out_and_one_without_a_price_is_skipped()
    {
        var priced = new List<Priced>();
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(TimeProvider.System),
            Configure = clutch => clutch.AddJob("alone", job => job
                .Step("price", step => step
                    .ReadFrom([new Stock("A", 3), new Stock("B", 0), new Stock("C", 1)])
                    .ProcessWith(_ => new PriceProcessor(new() { ["A"] = 9.5m }))
                    .WriteChunk((batch, chunk, cancellationToken) =>
                    {
                        priced.AddRange(batch.Items.ToArray());
                        return ValueTask.CompletedTask;
                    })
                    .Skip<KeyNotFoundException>())),
        });

        var outcome = await host.RunAsync("alone");

        var counts = outcome.Step("price").Counts;
        Assert.Equal((BatchStatus.Completed, 3, 1, 1, 1), (outcome.Status, counts.Read, counts.Written, counts.Filtered, counts.Skipped));
        Assert.Equal([new Priced("A", 9.5m)], priced);
        Invariants.CheckCounters(outcome);
    }

    private static JobBuilder FaultTolerant(JobBuilder job) => job
        .RestartAutomatically(new RestartPolicy { Attempts = 3, Delay = TimeSpan.FromSeconds(10) })
        .Step("load", step => step
            .ReadFrom(["1", "2"])
            .WriteChunk((items, chunk, cancellationToken) => ValueTask.CompletedTask)
            .Retry(5)
            .Transient<PartnerBusyException>()
            .Skip<FormatException>(limit: 100)
            .NoSkip<CurrencyException>()
            .SkipShare(0.01));

    private static IEnumerable<object> Readers() =>
    [
        DelimitedFile.Reader("products.csv", row => new Product(
            row.GetString("sku"),
            row.GetInt32("qty"),
            row.GetDecimal("price"),
            row.GetDateTimeOffset("updated_at"),
            row.GetStringOrNull("note"))),
        DelimitedFile.Reader<Product>("products.csv"),
        DelimitedFile.Reader<Product>("inbox/**/*.csv.gz"),
        DelimitedFile.Reader<Product>(((InputFiles)"inbox/*.csv").OrNone()),
        DelimitedFile.Reader<Product>(InputFiles.From(step => $"inbox/{step.Parameters.Get<DateOnly>("date"):yyyy-MM-dd}.csv")),
        JsonLinesFile.Reader("orders.jsonl", OrderJson.Default.Order),
        FixedWidthFile.Reader("stock.txt",
            [new("sku", 1, 20), new("qty", 21, 8)],
            row => (row.GetString("sku"), row.GetInt32("qty"))),
    ];

    private static IEnumerable<object> Writers() =>
    [
        JsonLinesFile.Reader("orders.jsonl", OrderJson.Default.Order),
        JsonLinesFile.Writer("orders.jsonl", OrderJson.Default.Order),
        DelimitedFile.Writer<Product>("products.csv", columns => columns
            .Add("sku", product => product.Sku)
            .Add("price", product => product.Price, "F2")
            .Add("note", product => product.Note)),
    ];
}

internal sealed record Stock(string Sku, int Quantity);

internal sealed record Priced(string Sku, decimal Price);

/// <summary>A processor that a guide tests alone.</summary>
internal sealed class PriceProcessor(Dictionary<string, decimal> prices) : IItemProcessor<Stock, Priced>
{
    public ValueTask ProcessAsync(ItemBatch<Stock, Priced> batch, CancellationToken cancellationToken)
    {
        for (var index = 0; index < batch.Count; index++)
        {
            if (batch[index].Quantity == 0)
                batch.Filter(index);
            else if (prices.TryGetValue(batch[index].Sku, out var price))
                batch.Keep(index, new(batch[index].Sku, price));
            else
                batch.Fail(index, new KeyNotFoundException($"'{batch[index].Sku}' has no price."));
        }

        return ValueTask.CompletedTask;
    }
}

internal sealed record Product(string Sku, int Qty, decimal Price, DateTimeOffset UpdatedAt, string? Note);

internal sealed record Order(long Id, int Quantity);

[JsonSerializable(typeof(Order))]
internal sealed partial class OrderJson : JsonSerializerContext;

internal sealed class PartnerBusyException : Exception;

internal sealed class CurrencyException : Exception;

/// <summary>How an operator's tool sends failed messages again.</summary>
public static class FailedMessages
{
    public static async Task<RedriveResult> RedriveAsync(IOutboxAdmin admin, CancellationToken cancellationToken)
    {
        var filter = new MessageFilter { Channel = "fulfilment", ProblemType = "sku-locked" };
        var preview = await admin.PreviewRedriveAsync(filter, cancellationToken);
        await admin.RedriveAsync(new() { CommandId = "incident-7", Filter = filter, By = "mara", RatePerSecond = 100 }, cancellationToken);
        return preview;
    }
}

/// <summary>How another scheduler's job launches a batch.</summary>
public sealed class NightlyImport(JobLauncher launcher)
{
    public async Task RunAsync(DateOnly date)
    {
        var launch = await launcher.LaunchAsync("nightly-import", new Dictionary<string, string> { ["date"] = date.ToString("O") });
        if (launch.Run is { } run && await run.Completion is { Status: not BatchStatus.Completed } ended)
            throw new InvalidOperationException($"Execution {ended.Id} ended {ended.Status}: {ended.Failure?.Message}");
    }
}
