using System.Net.Mail;

namespace Clutch.Server.Alerts;

/// <summary>What is wrong with the options of alerts. Addresses of webhooks are secrets: only names are told.</summary>
internal static class AlertOptionsCheck
{
    private static readonly TimeSpan TenYears = TimeSpan.FromDays(3_650);

    public static IEnumerable<string> FaultsOf(AlertOptions options) =>
        TimesOf(options).Concat(FiguresOf(options.Rules)).Concat(WebhooksOf(options)).Concat(MailsOf(options.Mails)).Concat(NamesOf(options))
            .Select(fault => $"Alerts:{fault}");

    /// <summary>The names of all targets.</summary>
    public static IEnumerable<string> NamesIn(AlertOptions options) =>
        options.Webhooks.Select(target => target.Name).Concat(options.Chats.Select(target => target.Name)).Concat(options.Mails.Select(target => target.Name));

    private static IEnumerable<string> TimesOf(AlertOptions options)
    {
        (string Name, TimeSpan Value, TimeSpan Min, TimeSpan Max)[] spans =
        [
            ("Interval", options.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            ("RepeatEvery", options.RepeatEvery, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
            ("KeepResolved", options.KeepResolved, TimeSpan.FromHours(1), TenYears),
            ("Rules:Failed:Within", options.Rules.Failed.Within, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
            ("Rules:RunningTooLong:MinDuration", options.Rules.RunningTooLong.MinDuration, TimeSpan.Zero, TimeSpan.FromDays(30)),
            ("Rules:RunningTooLong:MaxDuration", options.Rules.RunningTooLong.MaxDuration, TimeSpan.FromMinutes(1), TenYears),
            .. options.Rules.RunningTooLong.MaxDurations.Select(most => ($"Rules:RunningTooLong:MaxDurations:{most.Key}", most.Value, TimeSpan.FromSeconds(1), TenYears)),
            .. options.Rules.NoSuccessWithin.Jobs.Select(within => ($"Rules:NoSuccessWithin:Jobs:{within.Key}", within.Value, TimeSpan.FromMinutes(1), TenYears)),
            ("Rules:MissedSchedule:Grace", options.Rules.MissedSchedule.Grace, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            ("Rules:NoProgress:After", options.Rules.NoProgress.After, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
            ("Rules:NoProgress:FirstChunkAfter", options.Rules.NoProgress.FirstChunkAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
            ("Rules:ClockSkew:Above", options.Rules.ClockSkew.Above, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
            ("Rules:OutboxLag:OldestPending", options.Rules.OutboxLag.OldestPending, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
        ];
        return spans.Where(span => span.Value < span.Min || span.Value > span.Max).Select(span => $"{span.Name} '{span.Value}' is not between {span.Min} and {span.Max}.");
    }

    private static IEnumerable<string> FiguresOf(AlertRulesOptions rules)
    {
        (string Name, double Value, double Min, double Max)[] figures =
        [
            ("RunningTooLong:Factor", rules.RunningTooLong.Factor, 1, 100),
            ("RunningTooLong:MinRuns", rules.RunningTooLong.MinRuns, 1, 30),
            ("MissedSchedule:Overlaps", rules.MissedSchedule.Overlaps, 1, 500),
            ("DeadLetters:Above", rules.DeadLetters.Above, 0, 10_000),
            ("OutboxLag:DeadAbove", rules.OutboxLag.DeadAbove, 0, 1_000_000),
        ];
        return figures.Where(figure => !(figure.Value >= figure.Min && figure.Value <= figure.Max))
            .Select(figure => FormattableString.Invariant($"Rules:{figure.Name} '{figure.Value}' is not between {figure.Min} and {figure.Max}."));
    }

    private static IEnumerable<string> WebhooksOf(AlertOptions options)
    {
        foreach (var (list, name, url) in options.Webhooks.Select(target => ("Webhooks", target.Name, target.Url)).Concat(options.Chats.Select(target => ("Chats", target.Name, target.Url))))
        {
            if (url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
                yield return $"{list}: the Url of '{name}' is not one of http or https.";
        }

        foreach (var webhook in options.Webhooks.Where(webhook => webhook.Secret is { Length: < 16 }))
            yield return $"Webhooks: the Secret of '{webhook.Name}' has fewer than 16 characters. Take a random one: 'openssl rand -base64 32'.";
    }

    private static IEnumerable<string> MailsOf(IEnumerable<MailOptions> mails)
    {
        foreach (var mail in mails)
        {
            if (string.IsNullOrWhiteSpace(mail.Host))
                yield return $"Mails: '{mail.Name}' has no Host.";
            if (mail.Port is < 1 or > 65_535)
                yield return FormattableString.Invariant($"Mails: the Port '{mail.Port}' of '{mail.Name}' is not between 1 and 65535.");
            if (mail.To.Count == 0)
                yield return $"Mails: '{mail.Name}' goes to nobody. Fill To.";
            foreach (var address in mail.To.Prepend(mail.From).Where(address => !MailAddress.TryCreate(address, out _)))
                yield return $"Mails: '{address}' of '{mail.Name}' is not a mail address.";
            if (mail is { Password: not null, UseTls: false })
                yield return $"Mails: '{mail.Name}' would send its password unencrypted. Set UseTls.";
        }
    }

    private static IEnumerable<string> NamesOf(AlertOptions options)
    {
        foreach (var group in NamesIn(options).GroupBy(name => name, StringComparer.Ordinal))
        {
            if (string.IsNullOrWhiteSpace(group.Key) || group.Key.Length > 100)
                yield return $"The target '{group.Key}' needs a name of 1 to 100 characters.";
            else if (group.Count() > 1)
                yield return $"The target '{group.Key}' is there twice. Give each target its own name.";
        }
    }
}
