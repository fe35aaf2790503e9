using Clutch.Client.Wire;

namespace Clutch.Server.Alerts;

/// <summary>Which alerts are kept to themselves.</summary>
internal sealed class Silences(IReadOnlyList<AlertSilenceView> silences, DateTimeOffset now)
{
    /// <summary>Until when the alert is silenced, or null.</summary>
    public DateTimeOffset? EndOf(long alert, AlertRule rule, string? job) => silences
        .Where(silence => silence.EndsAt > now
            && (silence.Rule is null || silence.Rule == rule)
            && (silence.Job is null || silence.Job == job)
            && (silence.Alert is null || silence.Alert == alert))
        .Select(silence => (DateTimeOffset?)silence.EndsAt)
        .Max();

    public bool Cover(LiveAlert alert) => EndOf(alert.Id, alert.Finding.Rule, alert.Finding.Job) is not null;
}
