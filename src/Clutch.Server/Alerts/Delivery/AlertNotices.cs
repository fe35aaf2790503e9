using System.Globalization;
using Clutch.Client.Wire;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>Writes what is told of alerts.</summary>
internal static class AlertNotices
{
    private const int MaxItems = 20;

    public static AlertNotice Of(AlertNoticeKind kind, IReadOnlyList<LiveAlert> alerts, DateTimeOffset now, Uri? publicUrl) => new()
    {
        Kind = kind,
        Title = TitleOf(kind, alerts),
        At = now,
        Count = alerts.Count,
        Alerts = [.. alerts.Take(MaxItems).Select(alert => Of(alert, publicUrl))],
    };

    public static AlertNotice Test(string target, string by, DateTimeOffset now) => new()
    {
        Kind = AlertNoticeKind.Test,
        Title = $"Test of the target '{target}' by {by}: alerts arrive here.",
        At = now,
        Count = 0,
        Alerts = [],
    };

    /// <summary>As text, in the order in which a person wants to know: what, since when, impact, whether it is tried again, where to look, what to type.</summary>
    public static string TextOf(AlertNotice notice)
    {
        var lines = new List<string> { notice.Title };
        foreach (var alert in notice.Alerts)
        {
            lines.Add(string.Empty);
            lines.Add(alert.What);
            lines.Add($"Since {InWords(alert.Since)}.");
            lines.AddRange(((string?[])[alert.Impact, alert.Retry, alert.Link, alert.Command]).OfType<string>());
        }

        if (notice.Count > notice.Alerts.Count)
            lines.AddRange([string.Empty, string.Create(CultureInfo.InvariantCulture, $"... and {notice.Count - notice.Alerts.Count} more.")]);
        return string.Join('\n', lines);
    }

    private static AlertNoticeItem Of(LiveAlert alert, Uri? publicUrl) => new()
    {
        Id = alert.Id,
        Rule = alert.Finding.Rule,
        Severity = alert.Finding.Severity,
        Job = alert.Finding.Job,
        Subject = alert.Finding.Subject,
        What = alert.Finding.What,
        Since = alert.Finding.Since,
        Impact = alert.Finding.Impact,
        Retry = alert.Finding.Retry,
        Link = alert.Finding.Path is { } path ? publicUrl?.AbsoluteUri.TrimEnd('/') + path : null,
        Command = alert.Finding.Command,
    };

    private static string TitleOf(AlertNoticeKind kind, IReadOnlyList<LiveAlert> alerts)
    {
        var first = alerts[0].Finding;
        var about = alerts.Count == 1 ? first.What : string.Create(CultureInfo.InvariantCulture, $"{alerts.Count} alerts of rule {first.Rule}{(first.Job is { } job ? $" for job '{job}'" : string.Empty)}.");
        return kind switch
        {
            AlertNoticeKind.Repeated => $"Still: {about}",
            AlertNoticeKind.Recovered => $"Recovered: {about}",
            _ => about,
        };
    }

    private static string InWords(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
