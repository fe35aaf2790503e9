using Clutch.Client.Wire;
using Clutch.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A schedule did not fire when it should: its next firing is overdue, or one was missed and none has happened since.</summary>
internal sealed class MissedScheduleRule(IServiceProvider services, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(7);

    private readonly ISchedules? _schedules = services.GetService<ISchedules>();

    public AlertRule Rule => AlertRule.MissedSchedule;

    public bool IsEnabled => Options.IsEnabled;

    private MissedScheduleRuleOptions Options => options.Value.Alerts.Rules.MissedSchedule;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        if (_schedules is null)
            return [];
        var missed = (await _schedules.ListMisfiresAsync(new() { From = look.Now - LookBack, Reason = MisfireReason.Missed, Limit = 500 }, cancellationToken))
            .ToLookup(misfire => misfire.ScheduleName, StringComparer.Ordinal);
        var active = (await _schedules.ListAsync(cancellationToken)).Where(schedule => schedule.State is ScheduleState.Active);
        return [.. active.Select(schedule => DueOf(schedule, missed[schedule.Definition.Name], look.Now) is { } due ? FindingOf(schedule, due) : null).OfType<AlertFinding>()];
    }

    // The instant at which it should have fired, or null where all is well.
    private DateTimeOffset? DueOf(Schedule schedule, IEnumerable<ScheduleMisfire> misfires, DateTimeOffset now)
    {
        // What passed before it was resumed, edited or created was not to happen.
        var from = schedule.Changes.Select(change => (DateTimeOffset?)change.At).Concat([schedule.LastFiredAt]).Max() ?? DateTimeOffset.MinValue;
        var missed = misfires.Select(misfire => misfire.ScheduledAt ?? misfire.NoticedAt).Where(at => at > from && at + Options.Grace < now).Order().Select(at => (DateTimeOffset?)at).FirstOrDefault();
        var overdue = schedule.Next.Select(next => (DateTimeOffset?)next.At).FirstOrDefault(at => at + Options.Grace < now);
        return missed ?? overdue;
    }

    private AlertFinding FindingOf(Schedule schedule, DateTimeOffset due) => new()
    {
        Rule = Rule,
        Severity = AlertSeverity.Critical,
        Key = schedule.Definition.Name,
        Job = schedule.Definition.JobName,
        Subject = $"schedule {schedule.Definition.Name}",
        What = $"Schedule '{schedule.Definition.Name}' of job '{schedule.Definition.JobName}' did not fire at {AlertTexts.Instant(due)}",
        Since = due,
        Impact = schedule.LastFiredAt is { } last ? $"It last fired at {AlertTexts.Instant(last)}." : "It has never fired.",
        Retry = schedule.Definition.Misfire switch
        {
            MisfireRule.Skip => "What was missed is left out; it fires next as planned.",
            MisfireRule.RunAll => "What was missed is made up for, each firing, as soon as a scheduler works.",
            _ => "What was missed is made up for by one run, as soon as a scheduler works.",
        },
        Path = $"/schedules/{Uri.EscapeDataString(schedule.Definition.Name)}",
        Command = $"clutch schedules run {schedule.Definition.Name} --reason \"...\"",
    };
}
