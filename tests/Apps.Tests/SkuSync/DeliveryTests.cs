using Clutch.Http;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Microsoft.Extensions.Options;
using SkuSync.Marketplace;

namespace Apps.Tests.SkuSync;

/// <summary>How changes are sent, and when there is no more to wait for.</summary>
public sealed class DeliveryTests
{
    [Theory]
    [InlineData(null, "paused channel 'fulfilment'")]
    [InlineData("a1", "paused group 'a1' of channel 'fulfilment'")]
    public async Task A_delivery_ends_and_says_so_when_what_is_left_waits_in_what_is_paused(string? group, string expected)
    {
        await using var parts = await SkuParts.OpenAsync(StoreKind.Sqlite);
        await parts.Get<IOutboxAdmin>().PauseAsync(SkuChanges.Channel, group, CancellationToken.None);
        await parts.EnqueueAsync("a1", "s1");

        var delivery = parts.Get<Delivery>().RunAsync(static _ => ValueTask.FromResult(true), CancellationToken.None);
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => delivery.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains("'SkuSync run relay'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_has_time_for_its_call_and_for_the_wait_before_it()
    {
        await using var parts = await SkuParts.OpenAsync(StoreKind.Sqlite, null, ("Sku:CallTimeout", "00:00:10"));

        var channel = parts.Get<IOptionsMonitor<ChannelOptions>>().Get(SkuChanges.Channel);

        Assert.Equal(TimeSpan.FromSeconds(10) + new HttpChannelOptions().MaxWait, channel.AttemptTimeout);
    }
}
