namespace Clutch.Scheduling;

/// <summary>When a schedule fires.</summary>
public abstract record ScheduleTrigger
{
    private ScheduleTrigger()
    {
    }

    /// <summary>At the times that a cron expression names, in the schedule's zone.</summary>
    /// <param name="Expression">
    /// Five fields (minute, hour, day of month, month, day of week, as Unix has it) or six and seven (second first, year last, as Quartz has it): <c>0 2 * * 1-5</c>.
    /// </param>
    public sealed record Cron(string Expression) : ScheduleTrigger;

    /// <summary>Again and again after a span, whatever the clock on the wall says: 1 s to 365 days.</summary>
    /// <param name="Interval">The span between two firings.</param>
    public sealed record Every(TimeSpan Interval) : ScheduleTrigger;
}
