using Clutch.Server.Alerts;
using Microsoft.Extensions.Options;

namespace Clutch.Server;

/// <summary>Checks the options at start; all faults are told at once.</summary>
internal sealed class ClutchServerOptionsValidator : IValidateOptions<ClutchServerOptions>
{
    public ValidateOptionsResult Validate(string? name, ClutchServerOptions options)
    {
        var faults = new List<string>();
        if (options.PathPrefix.Length > 0 && (!options.PathPrefix.StartsWith('/') || options.PathPrefix.EndsWith('/')))
            faults.Add($"PathPrefix '{options.PathPrefix}' must begin with '/' and not end with it, such as '/batch'.");
        Between(faults, "HeartbeatInterval", options.HeartbeatInterval, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));
        Between(faults, "DrainTimeout", options.DrainTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        Between(faults, "SignIn:SessionDuration", options.SignIn.SessionDuration, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));
        Between(faults, "SignIn:FailuresBeforeWait", options.SignIn.FailuresBeforeWait, 1, 100);
        Between(faults, "Retention:KeepExecutions", options.Retention.KeepExecutions, TimeSpan.FromHours(1), TimeSpan.FromDays(36_500));
        Between(faults, "Retention:KeepAudit", options.Retention.KeepAudit, TimeSpan.FromDays(1), TimeSpan.FromDays(36_500));
        Between(faults, "Retention:Interval", options.Retention.Interval, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
        Between(faults, "Retention:BiteSize", options.Retention.BiteSize, 1, 10_000);
        Between(faults, "Retention:Rest", options.Retention.Rest, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Between(faults, "Live:Interval", options.Live.Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Between(faults, "Live:Heartbeat", options.Live.Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Between(faults, "Live:MaxStreams", options.Live.MaxStreams, 1, 10_000);
        AddKeyFaults(faults, options.ApiKeys);
        faults.AddRange(AlertOptionsCheck.FaultsOf(options.Alerts));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults.Select(fault => $"Clutch:Server:{fault}"));
    }

    // A key's text is a secret: only its name is told.
    private static void AddKeyFaults(List<string> faults, IList<ApiKeyOptions> keys)
    {
        foreach (var key in keys)
        {
            if (string.IsNullOrWhiteSpace(key.Name))
                faults.Add("ApiKeys has a key without a name. Give it one, for the audit log.");
            if (key.Key.Length < 32)
                faults.Add($"ApiKeys: the key '{key.Name}' has fewer than 32 characters. Take a random one: 'openssl rand -base64 32'.");
        }

        if (keys.GroupBy(key => key.Key, StringComparer.Ordinal).Any(group => group.Count() > 1))
            faults.Add("ApiKeys has the same key twice. Give each holder a key of their own.");
    }

    private static void Between<T>(List<string> faults, string option, T value, T min, T max)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            faults.Add($"{option} '{value}' is not between {min} and {max}.");
    }
}
