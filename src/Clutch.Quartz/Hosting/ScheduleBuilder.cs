using Clutch.Executions;

namespace Clutch.Scheduling.Hosting;

/// <summary>Defines a schedule in code.</summary>
public sealed class ScheduleBuilder
{
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    private ScheduleDefinition _definition;

    internal ScheduleBuilder(string name, string jobName) => _definition = new() { Name = name, JobName = jobName, Trigger = new ScheduleTrigger.Cron(string.Empty) };

    /// <summary>Fires at the times of a cron expression, read in a time zone.</summary>
    public ScheduleBuilder Cron(string expression, string timeZone = "UTC") =>
        With(_definition with { Trigger = new ScheduleTrigger.Cron(expression), TimeZone = timeZone });

    /// <summary>Fires again and again after this span.</summary>
    public ScheduleBuilder Every(TimeSpan interval) => With(_definition with { Trigger = new ScheduleTrigger.Every(interval) });

    /// <summary>Gives a parameter a value; a text may have computed parts, see <see cref="ParameterTemplate"/>.</summary>
    public ScheduleBuilder Parameter<T>(string name, T value)
    {
        _parameters[name] = JobParameters.Format(value);
        return this;
    }

    /// <summary>Says what becomes of missed firings.</summary>
    public ScheduleBuilder OnMisfire(MisfireRule rule, TimeSpan? threshold = null) =>
        With(_definition with { Misfire = rule, MisfireThreshold = threshold ?? _definition.MisfireThreshold });

    /// <summary>Says what becomes of a firing that is due while an earlier one runs.</summary>
    public ScheduleBuilder OnOverlap(OverlapRule rule) => With(_definition with { Overlap = rule });

    /// <summary>Changes anything else of the definition.</summary>
    public ScheduleBuilder Change(Func<ScheduleDefinition, ScheduleDefinition> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return With(change(_definition));
    }

    internal ScheduleDefinition Build() => _definition with { Parameters = _parameters.Count == 0 ? _definition.Parameters : _parameters };

    private ScheduleBuilder With(ScheduleDefinition definition)
    {
        _definition = definition;
        return this;
    }
}
