using System.ComponentModel.DataAnnotations;

namespace Clutch.Server.Alerts;

/// <summary>Which alerts there are and where they go; bound to the configuration section <c>Clutch:Server:Alerts</c>.</summary>
public sealed class AlertOptions
{
    /// <summary>How often the rules are looked at, in one process at a time: 1 s to 10 minutes; 10 s by default.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long an alert that lasts and that nobody has taken on is told again: 1 minute to 30 days; 4 hours by default.</summary>
    public TimeSpan RepeatEvery { get; set; } = TimeSpan.FromHours(4);

    /// <summary>How long alerts are kept after their end: 1 hour to 10 years; 90 days by default.</summary>
    public TimeSpan KeepResolved { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Under which address people reach the dashboard, such as <c>https://batch.example.com/clutch</c>, for links in messages; null, the default, writes paths.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>The rules.</summary>
    [Required]
    public AlertRulesOptions Rules { get; set; } = new();

    /// <summary>Programs that get the alert as JSON (<see cref="Client.Wire.AlertNotice"/>), signed.</summary>
    public IList<WebhookOptions> Webhooks { get; } = [];

    /// <summary>Chat rooms with a webhook in the manner of Slack (also Mattermost, Rocket.Chat, Discord with <c>/slack</c>).</summary>
    public IList<ChatOptions> Chats { get; } = [];

    /// <summary>People who get a mail.</summary>
    public IList<MailOptions> Mails { get; } = [];
}

/// <summary>A program that gets alerts as JSON.</summary>
public sealed class WebhookOptions
{
    /// <summary>Its name among the targets: 1 to 100 characters.</summary>
    [Required]
    public string Name { get; set; } = string.Empty;

    /// <summary>Where it listens: http or https. It may hold a secret, so it is never told.</summary>
    [Required]
    public Uri? Url { get; set; }

    /// <summary>The key of the signature (HMAC-SHA256), 16 characters or more; null for none.</summary>
    public string? Secret { get; set; }
}

/// <summary>A chat room.</summary>
public sealed class ChatOptions
{
    /// <summary>Its name among the targets: 1 to 100 characters.</summary>
    [Required]
    public string Name { get; set; } = string.Empty;

    /// <summary>The room's webhook: a secret, never told.</summary>
    [Required]
    public Uri? Url { get; set; }
}

/// <summary>People who get a mail over SMTP.</summary>
public sealed class MailOptions
{
    /// <summary>Its name among the targets: 1 to 100 characters.</summary>
    [Required]
    public string Name { get; set; } = string.Empty;

    /// <summary>The mail server.</summary>
    [Required]
    public string Host { get; set; } = string.Empty;

    /// <summary>Its port: 1 to 65,535; 587 by default.</summary>
    [Range(1, 65_535)]
    public int Port { get; set; } = 587;

    /// <summary>Whether the connection must be encrypted (STARTTLS); true by default. Encryption from the first byte (port 465) is not spoken.</summary>
    public bool UseTls { get; set; } = true;

    /// <summary>Who signs in, or null for nobody.</summary>
    public string? User { get; set; }

    /// <summary>The password, or null.</summary>
    public string? Password { get; set; }

    /// <summary>Who sends.</summary>
    [Required]
    public string From { get; set; } = string.Empty;

    /// <summary>Who gets it, at least one.</summary>
    public IList<string> To { get; } = [];
}
