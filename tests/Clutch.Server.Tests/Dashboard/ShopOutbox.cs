using System.Globalization;
using System.Text;
using Clutch.Outbox;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;
using Clutch.Relational;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>An outbox whose target refuses every tenth message for good, until it is mended; and every fifth without saying why, where it is asked to.</summary>
internal sealed class ShopOutbox(bool isSilent = false) : ISubmitter
{
    private volatile bool _isMended;

    public void Mend() => _isMended = true;

    public void AddTo(IServiceCollection services) => services.AddClutchOutbox(outbox => outbox.AddChannel("shop", _ => this).RunInBackground());

    public async Task EnqueueAsync(TestServer server, int count)
    {
        await server.Services.GetRequiredService<OutboxSchema>().MigrateAsync(CancellationToken.None);
        await using var session = await server.Services.GetRequiredService<RelationalDatabase>().OpenSessionAsync(CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await server.Services.GetRequiredService<IOutbox>().EnqueueAsync(session, Enumerable.Range(1, count).Select(MessageOf).ToArray(), CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
    }

    public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SubmitResult>(new SubmitResult.Completed([.. submission.Items.Select(item => ResultOf(item.ItemId, item.Key))]));

    private ItemResult ResultOf(string id, string key) => key[^1] switch
    {
        _ when _isMended => new(id, ItemOutcome.Applied),
        '0' => new(id, ItemOutcome.Failed) { Problem = new("urn:shop:price-negative", "Negative price", $"The price of {key} is negative.") },
        '5' when isSilent => new(id, ItemOutcome.Failed),
        _ => new(id, ItemOutcome.Applied),
    };

    private static OutboxMessage MessageOf(int number) => new()
    {
        Channel = "shop",
        Key = string.Create(CultureInfo.InvariantCulture, $"sku-{number:0000}"),
        Version = 1,
        Type = "price",
        Body = Encoding.UTF8.GetBytes("{}"),
    };
}
