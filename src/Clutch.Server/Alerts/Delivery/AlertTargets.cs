using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>The targets that the options name.</summary>
internal sealed class AlertTargets : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Timeout.InfiniteTimeSpan };

    public AlertTargets(IOptions<ClutchServerOptions> options)
    {
        var alerts = options.Value.Alerts;
        All =
        [
            .. alerts.Webhooks.Select(webhook => new WebhookTarget(webhook, _http)),
            .. alerts.Chats.Select(chat => new ChatTarget(chat, _http)),
            .. alerts.Mails.Select(mail => new MailTarget(mail)),
        ];
    }

    public IReadOnlyList<IAlertTarget> All { get; }

    public IAlertTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);

    public void Dispose() => _http.Dispose();
}
