using CalendarSync.Input;
using Microsoft.Extensions.Options;

namespace CalendarSync.Feeds;

/// <summary>Checks how feeds are fetched, the manners towards each host included: none of those may keep its feeds waiting for ever.</summary>
internal sealed class FeedOptionsValidator : IValidateOptions<FeedOptions>
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FeedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new SettingFaults("Calendar:Feeds")
            .CheckAttributes("", options)
            .Check(nameof(options.Deadline), options.Deadline, Least, Hour)
            .Check(nameof(options.ConnectTimeout), options.ConnectTimeout, Least, Hour)
            .Check(nameof(options.IdleTimeout), options.IdleTimeout, Least, Hour)
            .Check(nameof(options.MaxTurnWait), options.MaxTurnWait, TimeSpan.Zero, Hour);
        CheckManners(nameof(options.DefaultHost), options.DefaultHost, faults);
        foreach (var (host, manners) in options.Hosts) CheckManners($"{nameof(options.Hosts)}:{host}", manners, faults);
        return faults.ToResult();
    }

    private static void CheckManners(string name, HostManners manners, SettingFaults faults) => faults
        .CheckAttributes(name, manners)
        .Check($"{name}:{nameof(manners.MinGap)}", manners.MinGap, TimeSpan.Zero, Hour)
        .Check($"{name}:{nameof(manners.BreakTime)}", manners.BreakTime, Least, Hour);
}

/// <summary>Checks where requests may go: a door that is spelled wrong must not be found shut, or open, at the first fetch.</summary>
internal sealed class OutboundOptionsValidator : IValidateOptions<OutboundOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, OutboundOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new SettingFaults("Calendar:Outbound");
        foreach (var port in options.Ports.Where(port => port is < 1 or > 65_535)) faults.Add(nameof(options.Ports), $"holds {port}; a port is 1 to 65535.");
        foreach (var entry in options.Allow) CheckEntry(entry, faults);
        return faults.ToResult();
    }

    private static void CheckEntry(string entry, SettingFaults faults)
    {
        try
        {
            AllowedEndpoint.Parse(entry);
        }
        catch (FormatException fault)
        {
            faults.Add(nameof(OutboundOptions.Allow), $"cannot be read: {fault.Message}");
        }
    }
}
