// A processor that asks a partner for a whole chunk in one call and takes an answer per item. Run it: dotnet run 06-bulk-processor.cs run price-products
#:project ../src/Clutch/Clutch.csproj
#:package Microsoft.Extensions.DependencyInjection

using System.Text.Json.Serialization;
using Clutch.Items;
using Microsoft.Extensions.DependencyInjection;

var partner = new Partner();
var priced = 0;
var services = new ServiceCollection().AddClutch(clutch => clutch
    .AddJob("price-products", job => job
        .Step("price", step => step
            .ReadFrom(Enumerable.Range(1, 5_000).ToList())
            .ProcessWith(context => new PriceProcessor(partner))
            .WriteChunk((prices, chunk, cancellationToken) =>
            {
                priced += prices.Count;
                return ValueTask.CompletedTask;
            })
            .ChunkSize(1_000).Concurrency(4)
            .Retry(3).Transient<PartnerBusyException>()
            .Skip<UnknownProductException>(limit: 10)
            .ItemType(() => ProductJson.Default.Int32))
        .Step("report", (step, cancellationToken) => Console.Out.WriteLineAsync(
            $"{priced:N0} products priced; {partner.CallCount} calls carried {partner.ItemCount:N0} items."))));

return await services.BuildServiceProvider().RunClutchAsync(args);

/// <summary>Sees the whole chunk and says of each item what became of it.</summary>
internal sealed class PriceProcessor(Partner partner) : IItemProcessor<int, Price>
{
    public async ValueTask ProcessAsync(ItemBatch<int, Price> batch, CancellationToken cancellationToken)
    {
        var answers = await partner.PriceAsync(batch.Items.ToArray(), cancellationToken);   // one call, whatever the chunk size
        for (var index = 0; index < batch.Count; index++)
        {
            switch (answers[index])
            {
                case Answer.Found found:
                    batch.Keep(index, new Price(batch[index], found.Amount));
                    break;
                case Answer.NotForSale:
                    batch.Filter(index);
                    break;
                case Answer.Busy:
                    batch.Fail(index, new PartnerBusyException(batch[index]));      // transient: the next call carries these only
                    break;
                case Answer.Unknown:
                    batch.Fail(index, new UnknownProductException(batch[index]));   // skippable: a dead letter
                    break;
            }
        }
    }
}

/// <summary>Stands for an API that prices many products in one request. It is busy for every twentieth item when asked first, and has never heard of 13 and 4,999.</summary>
internal sealed class Partner
{
    private readonly HashSet<int> _asked = [];
    private int _callCount;
    private int _itemCount;

    public int CallCount => _callCount;

    public int ItemCount => _itemCount;

    public Task<Answer[]> PriceAsync(IReadOnlyList<int> products, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _callCount);
        Interlocked.Add(ref _itemCount, products.Count);
        return Task.FromResult(products.Select(Answer).ToArray());
    }

    private Answer Answer(int product) => product switch
    {
        13 or 4_999 => new Answer.Unknown(),
        _ when product % 20 == 0 && IsFirstTime(product) => new Answer.Busy(),
        _ when product % 50 == 7 => new Answer.NotForSale(),
        _ => new Answer.Found(product * 1.19m),
    };

    private bool IsFirstTime(int product)
    {
        lock (_asked)
            return _asked.Add(product);
    }
}

internal abstract record Answer
{
    public sealed record Found(decimal Amount) : Answer;

    public sealed record NotForSale : Answer;

    public sealed record Busy : Answer;

    public sealed record Unknown : Answer;
}

internal sealed record Price(int Product, decimal Amount);

internal sealed class PartnerBusyException(int product) : Exception($"The partner has no time for product {product} now.");

internal sealed class UnknownProductException(int product) : Exception($"The partner does not know product {product}.");

[JsonSerializable(typeof(int))]
internal sealed partial class ProductJson : JsonSerializerContext;
