using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Clutch.Scheduling.Hosting;

/// <summary>Reads schedules from configuration: one section each, named as the schedule.</summary>
internal static class ScheduleConfiguration
{
    private static readonly string[] Known =
    [
        "Job", "Cron", "Every", "Parameters", "TimeZone", "Misfire", "MisfireThreshold", "Overlap", "Identity", "Spread", "Jitter", "StartsAt", "EndsAt", "NodeLabel", "Description",
    ];

    /// <exception cref="ScheduleDefinitionException">A section cannot be read; all its faults are told at once.</exception>
    public static IEnumerable<ScheduleDefinition> Read(IConfiguration section) => section.GetChildren().Select(ReadOne).ToList();

    private static ScheduleDefinition ReadOne(IConfigurationSection section)
    {
        var errors = new List<string>();
        foreach (var unknown in section.GetChildren().Select(child => child.Key).Except(Known, StringComparer.OrdinalIgnoreCase))
            errors.Add($"'{unknown}' is unknown; there are {string.Join(", ", Known)}.");
        if (section["Job"] is null)
            errors.Add("'Job' is missing: name the job to launch.");
        var trigger = TriggerOf(section, errors);
        var plain = new ScheduleDefinition { Name = section.Key, JobName = section["Job"] ?? string.Empty, Trigger = trigger };
        var definition = plain with
        {
            Parameters = section.GetSection("Parameters").GetChildren().ToDictionary(child => child.Key, child => child.Value ?? string.Empty, StringComparer.Ordinal),
            TimeZone = section["TimeZone"] ?? plain.TimeZone,
            Misfire = Value(section, "Misfire", plain.Misfire, ParseEnum<MisfireRule>, errors),
            MisfireThreshold = Value(section, "MisfireThreshold", plain.MisfireThreshold, ParseSpan, errors),
            Overlap = Value(section, "Overlap", plain.Overlap, ParseEnum<OverlapRule>, errors),
            Identity = Value(section, "Identity", plain.Identity, ParseEnum<FiringIdentity>, errors),
            Spread = Value(section, "Spread", plain.Spread, ParseSpan, errors),
            Jitter = Value(section, "Jitter", plain.Jitter, ParseSpan, errors),
            StartsAt = Value<DateTimeOffset?>(section, "StartsAt", null, ParseInstant, errors),
            EndsAt = Value<DateTimeOffset?>(section, "EndsAt", null, ParseInstant, errors),
            NodeLabel = section["NodeLabel"],
            Description = section["Description"],
        };
        return errors.Count == 0 ? definition : throw new ScheduleDefinitionException(section.Key, errors);
    }

    private static ScheduleTrigger TriggerOf(IConfigurationSection section, List<string> errors)
    {
        if (section["Cron"] is null == section["Every"] is null)
            errors.Add("Give either 'Cron', such as '0 2 * * *', or 'Every', such as '00:15:00'.");
        return section["Cron"] is { } cron ? new ScheduleTrigger.Cron(cron) : new ScheduleTrigger.Every(Value(section, "Every", TimeSpan.FromHours(1), ParseSpan, errors));
    }

    private static T Value<T>(IConfigurationSection section, string name, T absent, Func<string, T> parse, List<string> errors)
    {
        if (section[name] is not { } text)
            return absent;
        try
        {
            return parse(text);
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or OverflowException)
        {
            errors.Add($"'{name}' with value '{text}' cannot be read: {fault.Message}");
            return absent;
        }
    }

    private static T ParseEnum<T>(string text)
        where T : struct, Enum => Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)
        ? value
        : throw new FormatException($"there are {string.Join(", ", Enum.GetNames<T>())}.");

    private static TimeSpan ParseSpan(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset? ParseInstant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
