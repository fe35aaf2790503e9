using System.Globalization;
using Clutch.Client.Wire;

namespace Clutch.Client;

public sealed partial class ClutchClient
{
    /// <summary>A page of alerts, newest first.</summary>
    public Task<Page<AlertView>> ListAlertsAsync(AlertListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new QueryText("alerts").With("state", query.State).With("rule", query.Rule).With("job", query.Job).With("before", query.Before).With("limit", query.Limit);
        return GetAsync(path.ToString(), WireJson.Default.PageAlertView, cancellationToken);
    }

    /// <summary>An alert and what was sent of it.</summary>
    public Task<AlertDetails> GetAlertAsync(long id, CancellationToken cancellationToken = default) =>
        GetAsync(string.Create(CultureInfo.InvariantCulture, $"alerts/{id}"), WireJson.Default.AlertDetails, cancellationToken);

    /// <summary>Takes an alert on: it is not repeated any more.</summary>
    public Task<AlertView> AcknowledgeAlertAsync(long id, string reason, CancellationToken cancellationToken = default) => SendAsync(
        HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"alerts/{id}/acknowledge"), new() { Reason = reason }, WireJson.Default.ReasonBody, WireJson.Default.AlertView, cancellationToken);

    /// <summary>Sends an alert's messages that failed for good again, and answers how they stand.</summary>
    /// <exception cref="ClutchServerException">There is no such alert, or no message of it has failed.</exception>
    public Task<AlertDetails> ResendAlertAsync(long id, AlertResendBody body, CancellationToken cancellationToken = default) => SendAsync(
        HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"alerts/{id}/resend"), body, WireJson.Default.AlertResendBody, WireJson.Default.AlertDetails, cancellationToken);

    /// <summary>Where alerts go.</summary>
    public Task<IReadOnlyList<AlertTargetView>> ListAlertTargetsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("alerts/targets", WireJson.Default.IReadOnlyListAlertTargetView, cancellationToken);

    /// <summary>The silences that last.</summary>
    public Task<IReadOnlyList<AlertSilenceView>> ListSilencesAsync(CancellationToken cancellationToken = default) =>
        GetAsync("alerts/silences", WireJson.Default.IReadOnlyListAlertSilenceView, cancellationToken);

    /// <summary>Silences alerts for a while.</summary>
    public Task<AlertSilenceView> SilenceAlertsAsync(AlertSilenceBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "alerts/silences", body, WireJson.Default.AlertSilenceBody, WireJson.Default.AlertSilenceView, cancellationToken);

    /// <summary>Ends a silence.</summary>
    public Task<AlertSilenceView> EndSilenceAsync(long id, string reason, CancellationToken cancellationToken = default) => SendAsync(
        HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"alerts/silences/{id}/end"), new() { Reason = reason }, WireJson.Default.ReasonBody, WireJson.Default.AlertSilenceView, cancellationToken);

    /// <summary>Sends a test to one target, or to all.</summary>
    public Task<AlertTestView> TestAlertsAsync(AlertTestBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "alerts/test", body, WireJson.Default.AlertTestBody, WireJson.Default.AlertTestView, cancellationToken);

    /// <summary>How a test fares.</summary>
    public Task<IReadOnlyList<AlertDeliveryView>> ListTestDeliveriesAsync(string id, CancellationToken cancellationToken = default) =>
        GetAsync($"alerts/tests/{Escape(id)}", WireJson.Default.IReadOnlyListAlertDeliveryView, cancellationToken);
}
