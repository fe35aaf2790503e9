using Clutch.Scheduling;

namespace Clutch.Server.Tests.Fixtures;

/// <summary>A scheduler that keeps definitions in memory and never fires: what the endpoints make of its answers is what is tested.</summary>
public sealed class NoSchedules : ISchedules
{
    private readonly SortedDictionary<string, Schedule> _schedules = new(StringComparer.Ordinal);

    /// <summary>Firings that it says it missed.</summary>
    public IList<ScheduleMisfire> Misfires { get; } = [];

    /// <summary>Firings that it says happened.</summary>
    public IList<ScheduleFiring> Firings { get; } = [];

    /// <summary>Puts a schedule in just as it is.</summary>
    public void Set(Schedule schedule) => _schedules[schedule.Definition.Name] = schedule;

    public ValueTask<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<Schedule>>([.. _schedules.Values]);

    public ValueTask<Schedule?> FindAsync(string name, CancellationToken cancellationToken) => ValueTask.FromResult(_schedules.GetValueOrDefault(name));

    public SchedulePreview Preview(ScheduleDefinition definition, int count, DateTimeOffset? from = null) => definition.TimeZone == "Nowhere"
        ? throw new ScheduleDefinitionException(definition.Name, ["There is no zone 'Nowhere'."])
        : new("in words", [new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Note: null)], []);

    public ValueTask<ScheduleAnswer> CreateAsync(ScheduleDefinition definition, ScheduleAuthor author, CancellationToken cancellationToken)
    {
        Preview(definition, 1);
        if (_schedules.TryGetValue(definition.Name, out var there))
            return ValueTask.FromResult<ScheduleAnswer>(new ScheduleAnswer.Exists(there));
        return Put(definition, ScheduleState.Active, author, "created");
    }

    public ValueTask<ScheduleAnswer> EditAsync(ScheduleDefinition definition, int? revision, ScheduleAuthor author, CancellationToken cancellationToken)
    {
        var there = _schedules[definition.Name];
        return revision is { } seen && seen != there.Revision ? ValueTask.FromResult<ScheduleAnswer>(new ScheduleAnswer.Conflict(there)) : Put(definition, there.State, author, "edited");
    }

    public ValueTask<ScheduleAnswer> RevertAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ScheduleAnswer>(new ScheduleAnswer.Refused("It is not of the program's code."));

    public ValueTask<ScheduleAnswer> DeleteAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken)
    {
        _schedules.Remove(name, out var gone);
        return ValueTask.FromResult<ScheduleAnswer>(new ScheduleAnswer.Done(gone!));
    }

    public ValueTask<ScheduleAnswer> PauseAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => Put(_schedules[name].Definition, ScheduleState.Paused, author, "paused");

    public ValueTask<ScheduleAnswer> ResumeAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => Put(_schedules[name].Definition, ScheduleState.Active, author, "resumed");

    public ValueTask<ScheduleAnswer> RunNowAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => Put(_schedules[name].Definition, _schedules[name].State, author, "run");

    public ValueTask<IReadOnlyList<ScheduleFiring>> ListFiringsAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<ScheduleFiring>>([.. Firings.Where(firing => IsAsked(firing, filter)).OrderByDescending(firing => firing.FiredAt).Take(filter.Limit)]);

    public ValueTask<IReadOnlyList<ScheduleMisfire>> ListMisfiresAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ScheduleMisfire>>(
        [.. Misfires.Where(misfire => misfire.ScheduleName == (filter.ScheduleName ?? misfire.ScheduleName) && misfire.Reason == (filter.Reason ?? misfire.Reason) && misfire.NoticedAt >= (filter.From ?? DateTimeOffset.MinValue)).Take(filter.Limit)]);

    public ValueTask<IReadOnlyList<SchedulerNode>> ListNodesAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<SchedulerNode>>([]);

    private static bool IsAsked(ScheduleFiring firing, ScheduleHistoryFilter filter) =>
        firing.ScheduleName == (filter.ScheduleName ?? firing.ScheduleName) && firing.Result == (filter.Result ?? firing.Result)
        && firing.FiredAt >= (filter.From ?? DateTimeOffset.MinValue) && firing.FiredAt < (filter.Before ?? DateTimeOffset.MaxValue);

    private ValueTask<ScheduleAnswer> Put(ScheduleDefinition definition, ScheduleState state, ScheduleAuthor author, string action)
    {
        var before = _schedules.GetValueOrDefault(definition.Name);
        var schedule = new Schedule
        {
            Definition = definition,
            Origin = ScheduleOrigin.Created,
            State = state,
            Pause = state is ScheduleState.Paused ? new(author.Name, author.Reason, DateTimeOffset.UnixEpoch) : null,
            InWords = "in words",
            Next = [],
            Revision = (before?.Revision ?? 0) + 1,
            Changes = [new(DateTimeOffset.UnixEpoch, author.Name, action, author.Reason), .. before?.Changes ?? []],
        };
        _schedules[definition.Name] = schedule;
        return ValueTask.FromResult<ScheduleAnswer>(new ScheduleAnswer.Done(schedule));
    }
}
