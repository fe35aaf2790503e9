using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Scheduling.Stored;
using Microsoft.Extensions.DependencyInjection;
using Quartz.Extensibility;

namespace Clutch.Server.Tests.Schedules;

/// <summary>What schedules do in one process, and what an operator can do with them.</summary>
public sealed class ScheduleHostTests : ScheduleFileTests
{
    [Fact]
    public async Task A_schedule_launches_its_job_once_for_each_time()
    {
        await using var node = await StartAsync(clutch => clutch.AddSchedule("steady", "work", schedule => schedule.Every(TimeSpan.FromSeconds(1)).Parameter("at", "{scheduled}")));

        var firings = await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Count(firing => firing.Result is FiringResult.Completed) >= 3);

        var completed = firings.Where(firing => firing.Result is FiringResult.Completed).ToList();
        Assert.Equal(completed.Count, completed.Select(firing => firing.ScheduledAt).Distinct().Count());
        Assert.All(completed, firing => Assert.Equal(0, firing.ScheduledAt.Millisecond));
        var execution = await node.Get<IJobRepository>().FindExecutionAsync(completed[0].ExecutionId!.Value, CancellationToken.None);
        Assert.Equal(JobParameters.Format(completed[0].ScheduledAt), execution!.Parameters.Get<string>("clutch.scheduled-at"));
        Assert.Equal(BatchStatus.Completed, execution.Status);
    }

    [Fact]
    public async Task A_paused_schedule_says_who_paused_it_and_why_and_resumes()
    {
        await using var node = await StartAsync(_ => { });
        await node.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);

        var paused = Done(await node.Schedules.PauseAsync("steady", new("ben", "the partner migrates"), CancellationToken.None));
        var edited = Done(await node.Schedules.EditAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 3 * * *") }, paused.Revision, Anna, CancellationToken.None));
        var resumed = Done(await node.Schedules.ResumeAsync("steady", Anna, CancellationToken.None));

        Assert.Equal((ScheduleState.Paused, "ben", "the partner migrates"), (paused.State, paused.Pause!.By, paused.Pause.Reason));
        Assert.Equal((ScheduleState.Paused, "ben"), (edited.State, edited.Pause!.By));
        Assert.Equal((ScheduleState.Active, null), (resumed.State, resumed.Pause));
        Assert.Equal(["resumed", "edited", "paused", "created"], resumed.Changes.Select(change => change.Action));
        Assert.Equal("at 03:00 every day (UTC)", resumed.InWords);
    }

    [Fact]
    public async Task Running_it_now_works_while_it_is_paused_and_twice_in_a_row()
    {
        await using var node = await StartAsync(_ => { });
        await node.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *"), Overlap = OverlapRule.Allow }, Anna, CancellationToken.None);
        await node.Schedules.PauseAsync("steady", Anna, CancellationToken.None);

        await node.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
        await node.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);

        var firings = await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Count(firing => firing.Result is FiringResult.Completed) == 2);
        Assert.Equal(2, firings.Select(firing => firing.ExecutionId).Distinct().Count());
    }

    [Fact]
    public async Task An_edit_survives_the_next_deployment_which_shows_that_the_code_differs()
    {
        static void Code(ClutchBuilder clutch, string cron) => clutch.AddSchedule("nightly", "work", schedule => schedule.Cron(cron, "Europe/Berlin").Parameter("at", "{scheduled}"));
        var edit = new ScheduleDefinition { Name = "nightly", JobName = "work", Trigger = new ScheduleTrigger.Cron("45 4 * * *"), TimeZone = "Europe/Berlin", Parameters = At };
        await using (var first = await StartAsync(clutch => Code(clutch, "0 2 * * *")))
            await first.Schedules.EditAsync(edit, revision: 1, Anna, CancellationToken.None);

        await using var second = await StartAsync(clutch => Code(clutch, "0 5 * * *"));
        var found = await second.Schedules.FindAsync("nightly", CancellationToken.None);
        var reverted = Done(await second.Schedules.RevertAsync("nightly", Anna, CancellationToken.None));

        Assert.Equal((edit, ScheduleOrigin.EditedCode), (found!.Definition, found.Origin));
        Assert.Equal("0 5 * * *", ((ScheduleTrigger.Cron)found.DifferingCode!.Trigger).Expression);
        Assert.Equal(("0 5 * * *", ScheduleOrigin.Code), (((ScheduleTrigger.Cron)reverted.Definition.Trigger).Expression, reverted.Origin));
    }

    [Fact]
    public async Task A_schedule_of_the_code_that_was_deleted_stays_away_and_one_the_code_forgets_goes()
    {
        static void Code(ClutchBuilder clutch, params string[] names) => Array.ForEach(names, name => clutch.AddSchedule(name, "work", schedule => schedule.Cron("0 2 * * *").Parameter("at", "{scheduled}")));
        await using (var first = await StartAsync(clutch => Code(clutch, "deleted", "forgotten", "kept")))
            await first.Schedules.DeleteAsync("deleted", Anna, CancellationToken.None);

        await using var second = await StartAsync(clutch => Code(clutch, "deleted", "kept"));

        Assert.Equal(["kept"], (await second.Schedules.ListAsync(CancellationToken.None)).Select(schedule => schedule.Definition.Name));
        Done(await second.Schedules.CreateAsync(EverySecond with { Name = "deleted" }, Anna, CancellationToken.None));
        Assert.Equal(["deleted", "kept"], (await second.Schedules.ListAsync(CancellationToken.None)).Select(schedule => schedule.Definition.Name));
    }

    [Fact]
    public async Task A_change_by_somebody_else_in_between_is_a_conflict()
    {
        await using var node = await StartAsync(_ => { });
        var created = Done(await node.Schedules.CreateAsync(EverySecond, Anna, CancellationToken.None));
        await node.Schedules.EditAsync(EverySecond with { Description = "Ben's" }, created.Revision, new("ben"), CancellationToken.None);

        var answer = await node.Schedules.EditAsync(EverySecond with { Description = "Anna's" }, created.Revision, Anna, CancellationToken.None);

        Assert.Equal("ben", Assert.IsType<ScheduleAnswer.Conflict>(answer).Schedule.Changes[0].By);
        Assert.IsType<ScheduleAnswer.Exists>(await node.Schedules.CreateAsync(EverySecond, Anna, CancellationToken.None));
        Assert.IsType<ScheduleAnswer.Unknown>(await node.Schedules.PauseAsync("no-such", Anna, CancellationToken.None));
    }

    [Fact]
    public async Task A_definition_that_does_not_fit_tells_all_its_faults()
    {
        await using var node = await StartAsync(_ => { });

        var many = Assert.Throws<ScheduleDefinitionException>(() => node.Schedules.Preview(
            new() { Name = "a b", JobName = "work", Trigger = new ScheduleTrigger.Cron("61 * * * *"), TimeZone = "Mars/Olympus", Jitter = TimeSpan.FromDays(1) }, 1));
        var job = Assert.Throws<ScheduleDefinitionException>(() => node.Schedules.Preview(EverySecond with { Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["att"] = "x" } }, 1));
        var once = Assert.Throws<ScheduleDefinitionException>(() => node.Schedules.Preview(EverySecond with { Identity = FiringIdentity.Parameters }, 1));

        Assert.Equal(3, many.Errors.Count);
        Assert.Equal(2, job.Errors.Count);
        Assert.Contains("done once", Assert.Single(once.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_firing_of_a_schedule_that_nobody_serves_lies_in_the_past()
    {
        await using var node = await StartAsync(_ => { });
        await (await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None)).Standby(CancellationToken.None);
        await node.Schedules.CreateAsync(EverySecond, Anna, CancellationToken.None);

        var overdue = await Poll.UntilAsync(
            async () => (await node.Schedules.FindAsync("steady", CancellationToken.None))!.Next[0].At, next => next < TimeProvider.System.GetUtcNow().AddSeconds(-2), TimeSpan.FromSeconds(20));

        Assert.Equal(0, overdue.Millisecond);
    }

    [Fact]
    public async Task A_schedule_of_the_code_whose_last_time_has_passed_has_ended_and_the_program_starts()
    {
        await using var node = await StartAsync(clutch => clutch.AddSchedule("past", "work", schedule => schedule.Cron("0 0 2 1 1 ? 2020").Parameter("at", "{scheduled}")));

        var found = await node.Schedules.FindAsync("past", CancellationToken.None);

        Assert.Equal((ScheduleState.Ended, 0), (found!.State, found.Next.Count));
        Assert.Throws<ScheduleDefinitionException>(() => node.Schedules.Preview(found.Definition, 1));
    }

    [Fact]
    public async Task No_more_firings_run_at_a_time_than_the_process_has_slots_of_both_kinds()
    {
        var (running, end) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var node = await BuildAsync(
            services => ScheduleNode.Add(services, TimeSpan.Zero, clutch => clutch.AddJob("gated", job => job.Parameter<int>("at").Step("wait", async (_, cancellationToken) =>
            {
                Interlocked.Increment(ref running);
                await end.Task.WaitAsync(cancellationToken);
            }))),
            options => (options.Slots, options.PartitionSlots) = (2, 3));
        await node.StartAsync();
        foreach (var i in Enumerable.Range(0, 8))
            await node.Schedules.CreateAsync(EverySecond with { Name = $"s{i}", JobName = "gated", Parameters = new Dictionary<string, string> { ["at"] = i.ToString(System.Globalization.CultureInfo.InvariantCulture) } }, Anna, CancellationToken.None);
        await Poll.UntilAsync(() => Task.FromResult(Volatile.Read(ref running)), found => found >= 2 + 3);
        // The others fire each second meanwhile, and none of these has ended.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);

        Assert.Equal(2 + 3, Volatile.Read(ref running));
        end.SetResult();
    }

    [Fact]
    public async Task A_firing_is_found_behind_hundreds_of_workers_for_partitions()
    {
        await using var node = await StartAsync(_ => { });
        var scheduler = await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
        var now = TimeProvider.System.GetUtcNow();
        await AddAsync(StoredSchedule.Group, "daily", now.AddHours(-1));
        for (var i = 0; i < 600; i++)
            await AddAsync("clutch-partitions", "worker", now.AddSeconds(-i));

        var firings = await node.Schedules.ListFiringsAsync(new() { Limit = 10 }, CancellationToken.None);

        Assert.Equal("daily", Assert.Single(firings).ScheduleName);

        async Task AddAsync(string group, string name, DateTimeOffset at) => await node.Get<IExecutionHistoryStore>().AddExecution(
            new(scheduler.SchedulerName, "node", group, name, group, name, at, TimeSpan.FromSeconds(1), Succeeded: true, ExceptionMessage: null) { FireInstanceId = $"{name}{at:O}" }, CancellationToken.None);
    }

    [Fact]
    public async Task A_firing_that_ends_while_the_list_is_read_stands_in_it_once()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await StartAsync(clutch => clutch.AddJob("gated", job => job.Step("wait", (_, cancellationToken) => end.Task.WaitAsync(cancellationToken))));
        await node.Schedules.CreateAsync(new() { Name = "gated", JobName = "gated", Trigger = new ScheduleTrigger.Cron("0 2 1 1 *") }, Anna, CancellationToken.None);
        await node.Schedules.RunNowAsync("gated", Anna, CancellationToken.None);
        await Poll.UntilAsync(() => node.FiringsAsync("gated"), found => found.Any(firing => firing.Result is FiringResult.Running));
        var history = new ScheduleHistory(node.Get<SchedulerAccess>(), new LateHistory(node.Get<IExecutionHistoryStore>(), end.SetResult));

        var firings = await history.ListFiringsAsync(new() { ScheduleName = "gated" }, CancellationToken.None);

        Assert.Equal(FiringResult.Completed, Assert.Single(firings).Result);
    }

    [Fact]
    public async Task The_node_tells_what_it_is()
    {
        await using var node = await StartAsync(_ => { });

        var found = Assert.Single(await node.Schedules.ListNodesAsync(CancellationToken.None));

        Assert.Equal((node.Get<NodeIdentity>().Name, true, 16, SchedulerNodeState.Alive), (found.Name, found.IsCurrent, found.Slots, found.State));
    }
}
