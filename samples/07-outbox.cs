// Price changes reach another service through the outbox: enqueued in the chunk's transaction, sent in bulk, settled per item. Run it: dotnet run 07-outbox.cs run change-prices
#:project ../src/Clutch.Outbox/Clutch.Outbox.csproj
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj

using System.Text;
using Clutch.Items;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Running;
using Clutch.Outbox.Submitting;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

Directory.CreateDirectory("data");
var services = new ServiceCollection();
services.AddClutchSqlite("Data Source=data/outbox.db");
services.AddSingleton<Shop>();
services.AddClutchOutbox(outbox => outbox
    .AddChannel("fulfilment", provider => provider.GetRequiredService<Shop>(), configure: channel =>
    {
        channel.Ordering = Ordering.LatestWins;
        channel.BatchSize = 200;
    }));
services.AddClutch(clutch => clutch
    .AddJob("change-prices", job => job
        .Parameter<int>("prices", prices => prices.WithDefault(2_000))
        .Step("prepare", async (step, cancellationToken) => await step.Services.GetRequiredService<OutboxSchema>().MigrateAsync(cancellationToken))
        .Step("change", step => step
            .ReadFrom(context => AsyncEnumerable.Range(1, context.Parameters.Get<int>("prices")))
            .Write(context => new PriceWriter(context.Services.GetRequiredService<IOutbox>()))
            .ChunkSize(500))
        .Step("deliver", async (step, cancellationToken) =>
        {
            var drain = await step.Services.GetRequiredService<OutboxRunner>().DrainAsync("fulfilment", cancellationToken);
            if (drain.End == DrainEnd.Faulted)
                throw new InvalidOperationException(drain.Fault!.ToString());
        })
        .Step("report", async (step, cancellationToken) =>
        {
            var statistics = await step.Services.GetRequiredService<IOutboxAdmin>().GetStatisticsAsync("fulfilment", cancellationToken);
            Console.WriteLine($"{statistics.Counts[MessageStatus.Synced]:N0} prices reached the shop, {statistics.Counts[MessageStatus.Failed]:N0} did not.");
        })));

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);

/// <summary>Writes in the chunk's transaction: what is enqueued commits with the checkpoint, or not at all.</summary>
internal sealed class PriceWriter(IOutbox outbox) : IItemWriter<int>
{
    public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var messages = batch.Items.ToArray().Select(MessageOf).ToArray();
        await outbox.EnqueueAsync(chunk.Relational(), messages, cancellationToken);
    }

    private static OutboxMessage MessageOf(int product) => new()
    {
        Channel = "fulfilment",
        Group = $"shop-{product % 4}",
        Key = $"product-{product}",
        Version = 1,
        Type = "price",
        Body = Encoding.UTF8.GetBytes($$"""{"product":{{product}},"price":{{product * 1.19m}}}"""),
    };
}

/// <summary>Stands for another service; over HTTP it would be an HttpSubmitter. It refuses product 13 for good and answers for each item at once.</summary>
internal sealed class Shop : ISubmitter
{
    public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SubmitResult>(new SubmitResult.Completed([.. submission.Items.Select(item => item.Key == "product-13"
            ? new ItemResult(item.ItemId, ItemOutcome.Failed) { Problem = new Problem("unknown-product", "The shop does not sell it.") }
            : new ItemResult(item.ItemId, ItemOutcome.Applied))]));
}
