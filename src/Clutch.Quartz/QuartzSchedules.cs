using Clutch.Executions;
using Clutch.Scheduling.Firings;
using Clutch.Scheduling.Stored;
using Clutch.Scheduling.Times;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Clutch.Scheduling;

/// <summary>The schedules, kept by the scheduler as jobs of one group with a trigger each.</summary>
/// <remarks>Changes made by this process wait for each other; of two made on different nodes within the same milliseconds, the later stays.</remarks>
internal sealed class QuartzSchedules(
    SchedulerAccess access, ScheduleValidation validation, ScheduleHistory history, NodeRegister nodes, TimeProvider timeProvider, ILogger<QuartzSchedules> logger)
    : ISchedules, IDisposable
{
    private const int MaxSchedules = 10_000;
    private readonly SemaphoreSlim _changes = new(1, 1);

    public async ValueTask<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        var headers = await HeadersAsync(scheduler, cancellationToken);
        var waiting = await WaitingFirings.ListEarliestAsync(scheduler, timeProvider.GetUtcNow(), schedule: null, cancellationToken);
        return [.. (await ListStoredAsync(scheduler, cancellationToken)).Where(stored => !stored.IsDeleted).Select(stored => View(stored, headers, waiting))];
    }

    public async ValueTask<Schedule?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        return await FindStoredAsync(scheduler, name, cancellationToken) is { IsDeleted: false } stored ? await ViewAsync(scheduler, stored, cancellationToken) : null;
    }

    public SchedulePreview Preview(ScheduleDefinition definition, int count, DateTimeOffset? from = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 100);
        validation.Check(definition);
        return SchedulePreviews.Of(definition, count, from ?? timeProvider.GetUtcNow());
    }

    public async ValueTask<ScheduleAnswer> CreateAsync(ScheduleDefinition definition, ScheduleAuthor author, CancellationToken cancellationToken)
    {
        validation.Check(definition);
        return await ChangeAsync(
            definition.Name,
            async (scheduler, stored) =>
            {
                if (stored is { IsDeleted: false })
                    return new ScheduleAnswer.Exists(await ViewAsync(scheduler, stored, cancellationToken));
                var created = (stored ?? new() { Definition = definition, Origin = ScheduleOrigin.Created, Revision = 0, Changes = [] }) with
                {
                    Definition = definition,
                    Origin = OriginOf(definition, stored?.Code),
                    IsDeleted = false,
                };
                return await StoreAsync(scheduler, before: null, created.With(Change(author, "created", author.Reason)), cancellationToken);
            },
            cancellationToken);
    }

    public async ValueTask<ScheduleAnswer> EditAsync(ScheduleDefinition definition, int? revision, ScheduleAuthor author, CancellationToken cancellationToken)
    {
        validation.Check(definition);
        return await ChangeKnownAsync(
            definition.Name,
            async (scheduler, stored) => revision is { } seen && seen != stored.Revision
                ? new ScheduleAnswer.Conflict(await ViewAsync(scheduler, stored, cancellationToken))
                : await ReplaceAsync(scheduler, stored, definition, author, "edited", cancellationToken),
            cancellationToken);
    }

    public async ValueTask<ScheduleAnswer> RevertAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => await ChangeKnownAsync(
        name,
        async (scheduler, stored) => stored.Code is { } code
            ? await ReplaceAsync(scheduler, stored, code, author, "reverted", cancellationToken)
            : new ScheduleAnswer.Refused($"Schedule '{name}' was created by hand: the program's code says nothing of it."),
        cancellationToken);

    public async ValueTask<ScheduleAnswer> DeleteAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => await ChangeKnownAsync(
        name,
        async (scheduler, stored) =>
        {
            var last = await ViewAsync(scheduler, stored, cancellationToken);
            if (stored.Code is null)
            {
                await scheduler.DeleteJob(StoredSchedule.KeyOf(name), cancellationToken);
            }
            else
            {
                // The next deployment must see that it was deleted on purpose.
                await scheduler.UnscheduleJob(StoredSchedule.TriggerKeyOf(name), cancellationToken);
                await scheduler.AddJob(ScheduleTriggers.JobFor((stored with { IsDeleted = true }).With(Change(author, "deleted", author.Reason))), AddJobOptions.Replacing, cancellationToken);
                // They fire once more, and end as skipped.
                await ResumeHeldAsync(scheduler, name, cancellationToken);
            }

            logger.ScheduleChanged(name, "deleted", author.Name);
            return new ScheduleAnswer.Done(last);
        },
        cancellationToken);

    public async ValueTask<ScheduleAnswer> PauseAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => await ChangeKnownAsync(
        name,
        async (scheduler, stored) =>
        {
            await scheduler.PauseTriggerWith(StoredSchedule.TriggerKeyOf(name), new PauseDetails { RequestedBy = author.Name, Reason = author.Reason }, cancellationToken);
            return await NoteAsync(scheduler, stored, Change(author, "paused", author.Reason), cancellationToken);
        },
        cancellationToken);

    public async ValueTask<ScheduleAnswer> ResumeAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => await ChangeKnownAsync(
        name,
        async (scheduler, stored) =>
        {
            await scheduler.ResetTriggerFromErrorState(StoredSchedule.TriggerKeyOf(name), cancellationToken);
            await scheduler.ResumeTrigger(StoredSchedule.TriggerKeyOf(name), cancellationToken);
            await ResumeHeldAsync(scheduler, name, cancellationToken);
            return await NoteAsync(scheduler, stored, Change(author, "resumed", author.Reason), cancellationToken);
        },
        cancellationToken);

    public async ValueTask<ScheduleAnswer> RunNowAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken) => await ChangeKnownAsync(
        name,
        async (scheduler, stored) =>
        {
            var now = timeProvider.GetUtcNow();
            var run = Guid.CreateVersion7(now).ToString();
            var trigger = ScheduleTriggers.Once(
                stored.Definition, $"{name}/run/{run}", now, timeProvider, (ScheduleTriggers.ScheduledAt, JobParameters.Format(now)), (ScheduleTriggers.Run, run));
            await scheduler.ScheduleJob(trigger, cancellationToken: cancellationToken);
            return await NoteAsync(scheduler, stored, Change(author, "run", author.Reason), cancellationToken);
        },
        cancellationToken);

    public async ValueTask<IReadOnlyList<ScheduleFiring>> ListFiringsAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken) =>
        await history.ListFiringsAsync(filter, cancellationToken);

    public async ValueTask<IReadOnlyList<ScheduleMisfire>> ListMisfiresAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken) =>
        await history.ListMisfiresAsync(filter, cancellationToken);

    public async ValueTask<IReadOnlyList<SchedulerNode>> ListNodesAsync(CancellationToken cancellationToken) => await nodes.ListAsync(cancellationToken);

    public void Dispose() => _changes.Dispose();

    /// <summary>Brings what is stored in line with the program's code, sparing what was edited by hand.</summary>
    internal async Task DeployAsync(IReadOnlyCollection<ScheduleDefinition> code, string program, CancellationToken cancellationToken)
    {
        foreach (var definition in code)
            validation.CheckDeployed(definition);
        var scheduler = await access.GetAsync(cancellationToken);
        var stored = (await ListStoredAsync(scheduler, cancellationToken)).ToDictionary(schedule => schedule.Definition.Name, StringComparer.Ordinal);
        var (created, changed, edited) = (0, 0, 0);
        foreach (var definition in code)
        {
            var known = stored.GetValueOrDefault(definition.Name);
            edited += known?.Origin is ScheduleOrigin.EditedCode ? 1 : 0;
            if (Deployment.Merge(known, definition, program, timeProvider.GetUtcNow()) is not { } merged)
                continue;
            created += known is null ? 1 : 0;
            changed += known is not null && known.Definition != merged.Definition ? 1 : 0;
            await DeployAsync(scheduler, known, merged, cancellationToken);
        }

        var names = code.Select(definition => definition.Name).ToHashSet(StringComparer.Ordinal);
        var forgotten = stored.Values.Where(schedule => Deployment.IsForgotten(schedule, program, names)).Select(schedule => StoredSchedule.KeyOf(schedule.Definition.Name)).ToList();
        if (forgotten.Count > 0)
            await scheduler.DeleteJobs(forgotten, cancellationToken);
        logger.SchedulesDeployed(created, changed, forgotten.Count, edited);
    }

    private async Task DeployAsync(IScheduler scheduler, StoredSchedule? known, StoredSchedule merged, CancellationToken cancellationToken)
    {
        if (known is not null && known.Definition == merged.Definition)
            await scheduler.AddJob(ScheduleTriggers.JobFor(merged), AddJobOptions.Replacing, cancellationToken);
        else
            await StoreAsync(scheduler, known?.Definition, merged, cancellationToken);
    }

    private async Task<ScheduleAnswer> ReplaceAsync(
        IScheduler scheduler, StoredSchedule stored, ScheduleDefinition definition, ScheduleAuthor author, string action, CancellationToken cancellationToken)
    {
        var before = author.Reason is null ? Deployment.Before(stored) : $"{author.Reason}; {Deployment.Before(stored)}";
        var edited = (stored with { Definition = definition, Origin = OriginOf(definition, stored.Code) }).With(Change(author, action, before));
        return await StoreAsync(scheduler, stored.Definition, edited, cancellationToken);
    }

    /// <summary>Stores a schedule with a new trigger; a pause stays, and where its times do, so does a firing that is due.</summary>
    private async Task<ScheduleAnswer> StoreAsync(IScheduler scheduler, ScheduleDefinition? before, StoredSchedule stored, CancellationToken cancellationToken)
    {
        var name = stored.Definition.Name;
        var header = (await HeadersAsync(scheduler, cancellationToken, name)).GetValueOrDefault(name);
        var due = before is not null && ScheduleTriggers.HaveSameTimes(before, stored.Definition) ? header?.NextFireTimeUtc : null;
        var job = ScheduleTriggers.JobFor(stored);
        if (ScheduleTriggers.For(stored.Definition, timeProvider, due) is { } trigger)
        {
            var isPaused = header?.State is TriggerState.Paused;
            var options = new ScheduleJobOptions { Replace = true, Paused = isPaused, PauseReason = header?.Pause?.Reason, PauseRequestedBy = header?.Pause?.RequestedBy };
            await scheduler.ScheduleJob(job, [trigger], options, cancellationToken);
        }
        else
        {
            await scheduler.AddJob(job, AddJobOptions.Replacing, cancellationToken);
            await scheduler.UnscheduleJob(StoredSchedule.TriggerKeyOf(name), cancellationToken);
        }

        return await AnswerAsync(scheduler, stored, cancellationToken);
    }

    // Firings that had been put off and came due during the pause.
    private static async Task ResumeHeldAsync(IScheduler scheduler, string name, CancellationToken cancellationToken)
    {
        var query = new TriggerQuery
        {
            Group = GroupMatcher<TriggerKey>.GroupEquals(ScheduleTriggers.OnceGroup),
            Job = StoredSchedule.KeyOf(name),
            State = TriggerState.Paused,
            Take = PagedQuery.All,
        };
        foreach (var held in (await scheduler.QueryTriggers(query, cancellationToken)).Items)
            await scheduler.ResumeTrigger(held.Key, cancellationToken);
    }

    private async Task<ScheduleAnswer> NoteAsync(IScheduler scheduler, StoredSchedule stored, ScheduleChange change, CancellationToken cancellationToken)
    {
        var noted = stored.With(change);
        await scheduler.AddJob(ScheduleTriggers.JobFor(noted), AddJobOptions.Replacing, cancellationToken);
        return await AnswerAsync(scheduler, noted, cancellationToken);
    }

    private async Task<ScheduleAnswer> AnswerAsync(IScheduler scheduler, StoredSchedule stored, CancellationToken cancellationToken)
    {
        logger.ScheduleChanged(stored.Definition.Name, stored.Changes[0].Action, stored.Changes[0].By);
        return new ScheduleAnswer.Done(await ViewAsync(scheduler, stored, cancellationToken));
    }

    private ScheduleChange Change(ScheduleAuthor author, string action, string? details) => new(timeProvider.GetUtcNow(), author.Name, action, details);

    private static ScheduleOrigin OriginOf(ScheduleDefinition definition, ScheduleDefinition? code) =>
        code is null ? ScheduleOrigin.Created : definition == code ? ScheduleOrigin.Code : ScheduleOrigin.EditedCode;

    private async Task<ScheduleAnswer> ChangeKnownAsync(string name, Func<IScheduler, StoredSchedule, Task<ScheduleAnswer>> change, CancellationToken cancellationToken) =>
        await ChangeAsync(
            name,
            async (scheduler, stored) => stored is { IsDeleted: false } ? await change(scheduler, stored) : new ScheduleAnswer.Unknown(name),
            cancellationToken);

    private async Task<ScheduleAnswer> ChangeAsync(string name, Func<IScheduler, StoredSchedule?, Task<ScheduleAnswer>> change, CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        await _changes.WaitAsync(cancellationToken);
        try
        {
            return await change(scheduler, await FindStoredAsync(scheduler, name, cancellationToken));
        }
        finally
        {
            _changes.Release();
        }
    }

    private static async Task<StoredSchedule?> FindStoredAsync(IScheduler scheduler, string name, CancellationToken cancellationToken) =>
        await scheduler.GetJobDetail(StoredSchedule.KeyOf(name), cancellationToken) is { } job ? StoredSchedule.Read(job.JobDataMap) : null;

    private static async Task<IReadOnlyList<StoredSchedule>> ListStoredAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var keys = await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(StoredSchedule.Group), cancellationToken);
        var jobs = await scheduler.GetJobDetails([.. keys], cancellationToken);
        return [.. jobs.Select(job => StoredSchedule.Read(job.JobDataMap)).OrderBy(stored => stored.Definition.Name, StringComparer.Ordinal)];
    }

    private static async Task<Dictionary<string, TriggerHeader>> HeadersAsync(IScheduler scheduler, CancellationToken cancellationToken, string? name = null)
    {
        var query = new TriggerQuery
        {
            Group = GroupMatcher<TriggerKey>.GroupEquals(StoredSchedule.Group),
            Name = name is null ? null : NameMatcher<TriggerKey>.NameEquals(name),
            Take = MaxSchedules,
        };
        return (await scheduler.QueryTriggers(query, cancellationToken)).Items.ToDictionary(header => header.Key.Name, StringComparer.Ordinal);
    }

    private async Task<Schedule> ViewAsync(IScheduler scheduler, StoredSchedule stored, CancellationToken cancellationToken)
    {
        var name = stored.Definition.Name;
        var headers = await HeadersAsync(scheduler, cancellationToken, name);
        return View(stored, headers, await WaitingFirings.ListEarliestAsync(scheduler, timeProvider.GetUtcNow(), name, cancellationToken));
    }

    private Schedule View(StoredSchedule stored, Dictionary<string, TriggerHeader> headers, Dictionary<string, DateTimeOffset> waiting)
    {
        var name = stored.Definition.Name;
        return View(stored, headers.GetValueOrDefault(name), waiting.TryGetValue(name, out var at) ? at : null);
    }

    private Schedule View(StoredSchedule stored, TriggerHeader? header, DateTimeOffset? waiting) => new()
    {
        Definition = stored.Definition,
        Origin = stored.Origin,
        DifferingCode = stored.Code == stored.Definition ? null : stored.Code,
        State = header?.State switch
        {
            null or TriggerState.None or TriggerState.Complete => ScheduleState.Ended,
            TriggerState.Paused => ScheduleState.Paused,
            TriggerState.Error => ScheduleState.Faulty,
            _ => ScheduleState.Active,
        },
        Pause = header is { State: TriggerState.Paused, Pause: { } pause } ? new(pause.RequestedBy, pause.Reason, pause.PausedAtUtc) : null,
        InWords = TriggerWords.Of(stored.Definition),
        Rhythm = Rhythms.Of(stored.Definition.Trigger),
        Next = [.. WaitingSince(stored.Definition, waiting), .. SchedulePreviews.Firings(stored.Definition, waiting is null ? 5 : 4, PlannedFrom(stored.Definition, header))],
        LastFiredAt = header?.PreviousFireTimeUtc,
        Revision = stored.Revision,
        Changes = stored.Changes,
    };

    // One that waits has launched nothing yet.
    private static IEnumerable<PlannedFiring> WaitingSince(ScheduleDefinition definition, DateTimeOffset? waiting)
    {
        if (waiting is not { } meantFor)
            yield break;
        var times = new FiringTimes(definition);
        var at = meantFor + times.Spread;
        yield return new(at, TimeZoneInfo.ConvertTime(at, times.Zone), Note: null);
    }

    // A firing that is due and has not begun is still the next: by that an overdue one is known.
    private DateTimeOffset PlannedFrom(ScheduleDefinition definition, TriggerHeader? header)
    {
        var now = timeProvider.GetUtcNow();
        if (header is not { State: TriggerState.Normal, NextFireTimeUtc: { } due })
            return now;
        var before = due + new FiringTimes(definition).Spread - TimeSpan.FromSeconds(1);
        return before < now ? before : now;
    }
}
