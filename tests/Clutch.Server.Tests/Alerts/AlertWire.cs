using Clutch.Client.Wire;
using Clutch.Server.Alerts;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Alerts;

/// <summary>Short words for alerts.</summary>
internal static class AlertWire
{
    /// <summary>Waits for the newest alert that is as wanted.</summary>
    public static async Task<AlertView> AlertAsync(this HttpClient client, Func<AlertView, bool> isSo) =>
        (await Poll.UntilAsync(async () => (await client.AlertsAsync()).FirstOrDefault(isSo), found => found is not null))!;

    public static async Task<IReadOnlyList<AlertView>> AlertsAsync(this HttpClient client) =>
        (await client.GetAsync("/api/v1/alerts", WireJson.Default.PageAlertView)).Items;

    public static async Task<IReadOnlyList<AlertDeliveryView>> DeliveriesAsync(this HttpClient client, long alert) =>
        (await client.GetAsync($"/api/v1/alerts/{alert}", WireJson.Default.AlertDetails)).Deliveries;

    /// <summary>Waits until so many messages of the alert have arrived, and nothing of it waits.</summary>
    public static Task<IReadOnlyList<AlertDeliveryView>> DeliveredAsync(this HttpClient client, long alert, int count) =>
        Poll.UntilAsync(() => client.DeliveriesAsync(alert), list => list.Count == count && list.All(delivery => delivery.Status == "Synced"));

    /// <summary>Looks at the rules once, as of that instant.</summary>
    public static Task<bool> LookAsync(this TestServer server, DateTimeOffset? now = null) =>
        server.Services.GetRequiredService<AlertEngine>().LookAsync(now ?? TimeProvider.System.GetUtcNow(), CancellationToken.None);

    /// <summary>Looks until an alert is as wanted.</summary>
    public static async Task<AlertView> LookUntilAsync(this TestServer server, Func<AlertView, bool> isSo)
    {
        await server.LookAsync();
        return await server.Viewer.AlertAsync(isSo);
    }
}
