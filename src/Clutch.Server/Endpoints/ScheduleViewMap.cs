using Clutch.Client.Wire;
using Clutch.Scheduling;
using Clutch.Server.Texts;

namespace Clutch.Server.Endpoints;

/// <summary>Between the scheduling contract and the wire contract.</summary>
internal static class ScheduleViewMap
{
    public static ScheduleView ToView(this Schedule schedule) => new()
    {
        Definition = schedule.Definition.ToBody(schedule.Revision),
        Origin = schedule.Origin.ToString(),
        State = schedule.State.ToString(),
        PausedBy = schedule.Pause?.By,
        PauseReason = schedule.Pause?.Reason,
        PausedAt = schedule.Pause?.At,
        InWords = schedule.InWords,
        Next = [.. schedule.Next.Select(ToView)],
        LastFiredAt = schedule.LastFiredAt,
        Revision = schedule.Revision,
        Changes = [.. schedule.Changes.Select(change => new ScheduleChangeView(change.At, change.By, change.Action, change.Details))],
    };

    public static PlannedFiringView ToView(this PlannedFiring firing) => new(firing.At, firing.Local, firing.Note);

    public static SchedulePreviewView ToView(this SchedulePreview preview) => new(preview.InWords, [.. preview.Firings.Select(ToView)], preview.Notes);

    /// <summary>The same with its trigger and firings in the book's language, for readers of the dashboard.</summary>
    public static SchedulePreviewView ToView(this SchedulePreview preview, ScheduleDefinition definition, TextBook text) => preview.ToView() with
    {
        InWords = text.InWords(definition, preview.Rhythm),
        Firings = [.. preview.Firings.Select(firing => firing.ToView() with { Note = text.NoteOn(firing) })],
    };

    public static FiringView ToView(this ScheduleFiring firing) => new()
    {
        Schedule = firing.ScheduleName,
        ScheduledAt = firing.ScheduledAt,
        FiredAt = firing.FiredAt,
        DurationSeconds = firing.Duration?.TotalSeconds,
        Node = firing.Node,
        Result = firing.Result.ToString(),
        Summary = firing.Summary,
        ExecutionId = firing.ExecutionId?.Value,
    };

    /// <summary>The definition, or null where it has no trigger, or two.</summary>
    public static ScheduleDefinition? ToDefinition(this ScheduleBody body)
    {
        if ((body.Cron is null) == (body.EverySeconds is null))
            return null;
        return new()
        {
            Name = body.Name,
            JobName = body.Job,
            // A null among them is an absent one, as it is in a launch.
            Parameters = body.Parameters.Where(parameter => parameter.Value is not null).ToDictionary(StringComparer.Ordinal),
            Trigger = body.Cron is { } cron ? new ScheduleTrigger.Cron(cron) : new ScheduleTrigger.Every(TimeSpan.FromSeconds(body.EverySeconds!.Value)),
            TimeZone = body.TimeZone,
            Misfire = (MisfireRule)body.Misfire,
            MisfireThreshold = TimeSpan.FromSeconds(body.MisfireThresholdSeconds),
            Overlap = (OverlapRule)body.Overlap,
            Identity = (FiringIdentity)body.Identity,
            Spread = TimeSpan.FromSeconds(body.SpreadSeconds),
            Jitter = TimeSpan.FromSeconds(body.JitterSeconds),
            StartsAt = body.StartsAt,
            EndsAt = body.EndsAt,
            NodeLabel = body.NodeLabel,
            Description = body.Description,
        };
    }

    private static ScheduleBody ToBody(this ScheduleDefinition definition, int revision) => new()
    {
        Name = definition.Name,
        Job = definition.JobName,
        Parameters = definition.Parameters,
        Cron = (definition.Trigger as ScheduleTrigger.Cron)?.Expression,
        EverySeconds = (definition.Trigger as ScheduleTrigger.Every)?.Interval.TotalSeconds,
        TimeZone = definition.TimeZone,
        Misfire = (MisfireChoice)definition.Misfire,
        MisfireThresholdSeconds = definition.MisfireThreshold.TotalSeconds,
        Overlap = (OverlapChoice)definition.Overlap,
        Identity = (IdentityChoice)definition.Identity,
        SpreadSeconds = definition.Spread.TotalSeconds,
        JitterSeconds = definition.Jitter.TotalSeconds,
        StartsAt = definition.StartsAt,
        EndsAt = definition.EndsAt,
        NodeLabel = definition.NodeLabel,
        Description = definition.Description,
        Revision = revision,
    };
}
