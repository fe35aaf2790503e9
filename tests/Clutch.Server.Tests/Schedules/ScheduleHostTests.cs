using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Scheduling.Stored;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Quartz.Extensibility;

namespace Clutch.Server.Tests.Schedules;

/// <summary>Schedules in one process on a SQLite file, through what an operator can do with them and over restarts.</summary>
public sealed class ScheduleHostTests : IDisposable
{
    private static readonly ScheduleAuthor Anna = new("anna", "the night was too short");
    private static readonly ScheduleDefinition EverySecond = new() { Name = "steady", JobName = "work", Trigger = new ScheduleTrigger.Every(TimeSpan.FromSeconds(1)), Parameters = At };
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-schedules-").FullName;

    private static Dictionary<string, string> At => new(StringComparer.Ordinal) { ["at"] = "{scheduled}" };

    private string ConnectionString => $"Data Source={Path.Combine(_folder, "clutch.db")}";

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

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

    [Theory]
    [InlineData(MisfireRule.RunOnce, 1)]
    [InlineData(MisfireRule.Skip, 0)]
    public async Task What_was_missed_while_the_process_was_down_is_made_up_for_by_rule(MisfireRule rule, int madeUp)
    {
        var definition = EverySecond with { Trigger = new ScheduleTrigger.Every(TimeSpan.FromSeconds(2)), Misfire = rule, MisfireThreshold = TimeSpan.FromSeconds(1) };
        var stoppedAt = DateTimeOffset.MinValue;
        await using (var first = await StartAsync(_ => { }))
        {
            await first.Schedules.CreateAsync(definition, Anna, CancellationToken.None);
            await Poll.UntilAsync(() => first.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));
        }

        stoppedAt = TimeProvider.System.GetUtcNow();
        await Poll.UntilAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > stoppedAt.AddSeconds(8));
        await using var second = await StartAsync(_ => { });
        var startedAt = TimeProvider.System.GetUtcNow();
        var firings = await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Count(firing => firing.ScheduledAt > startedAt && firing.Result is FiringResult.Completed) >= 2);

        var between = firings.Where(firing => firing.ScheduledAt > stoppedAt.AddSeconds(2) && firing.ScheduledAt < startedAt.AddSeconds(-2)).ToList();
        Assert.True(between.Count <= madeUp, $"{between.Count} firings of the outage were made up for.");
        Assert.Equal(firings.Count, firings.Select(firing => firing.ScheduledAt).Distinct().Count());
        Assert.NotEmpty(await second.Schedules.ListMisfiresAsync(new() { ScheduleName = "steady" }, CancellationToken.None));
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
    public async Task A_firing_is_left_out_while_an_earlier_one_runs()
    {
        await using var node = await StartAsync(_ => { }, pause: TimeSpan.FromMilliseconds(600)); // five items: three seconds
        await node.Schedules.CreateAsync(EverySecond, Anna, CancellationToken.None);

        var firings = await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Count(firing => firing.Result is FiringResult.Completed) >= 2);
        var misfires = await node.Schedules.ListMisfiresAsync(new() { ScheduleName = "steady" }, CancellationToken.None);

        var runs = firings.Where(firing => firing.Result is FiringResult.Completed).OrderBy(firing => firing.FiredAt).ToList();
        Assert.All(runs.Zip(runs.Skip(1)), pair => Assert.True(pair.First.FiredAt + pair.First.Duration <= pair.Second.FiredAt.AddMilliseconds(500)));
        Assert.Contains(misfires, misfire => misfire.Reason is MisfireReason.Overlap);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_execution_of_a_process_that_shuts_down_goes_on_in_the_next(bool hasServer)
    {
        long launched;
        await using (var first = await StartAsync(_ => { }, pause: TimeSpan.FromMilliseconds(500)))
        {
            await first.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);
            await first.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
            launched = await Poll.UntilAsync(() => Task.FromResult(first.Get<JobLauncher>().Running.FirstOrDefault()?.Execution.Id.Value ?? 0), id => id > 0);
            await Poll.UntilAsync(() => first.CountAsync("SELECT count(*) FROM work_done"), rows => rows > 0);
            // As the batch server does, before anything else of the process stops.
            if (hasServer)
                await first.Get<JobLauncher>().StopAllAsync();
        }

        await using var second = await StartAsync(_ => { });
        var firings = await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));

        var execution = await second.Get<IJobRepository>().FindExecutionAsync(firings.First(firing => firing.Result is FiringResult.Completed).ExecutionId!.Value, CancellationToken.None);
        Assert.Equal(2, execution!.Attempt);
        Assert.True(execution.Id.Value > launched);
        Assert.Equal(ScheduleNode.ItemCount, await second.CountAsync("SELECT count(*) FROM work_done"));
    }

    [Fact]
    public async Task What_was_handed_back_waits_where_a_limit_is_reached()
    {
        await using (var first = await StartAsync(_ => { }, pause: TimeSpan.FromMilliseconds(500)))
        {
            await first.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);
            await first.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
            await Poll.UntilAsync(() => first.CountAsync("SELECT count(*) FROM work_done"), rows => rows > 0);
        }

        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var second = await BuildAsync(clutch => clutch
            .Configure(options => options.MaxRunning = 1)
            .AddJob("gated", job => job.Step("wait", (_, cancellationToken) => end.Task.WaitAsync(cancellationToken))));
        await second.Get<JobLauncher>().LaunchAsync("gated", new Dictionary<string, string>());
        await second.StartAsync();
        var scheduler = await second.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
        await Poll.UntilAsync(
            async () => (await scheduler.QueryTriggers(new() { Group = Quartz.GroupMatcher<Quartz.TriggerKey>.GroupEquals(ScheduleTriggers.OnceGroup), Take = 10 }, CancellationToken.None)).Items,
            waiting => waiting.Any(trigger => !trigger.Key.Name.Contains("/resume/", StringComparison.Ordinal)));
        end.SetResult();

        await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));

        Assert.Equal(ScheduleNode.ItemCount, await second.CountAsync("SELECT count(*) FROM work_done"));
    }

    [Fact]
    public async Task Firings_that_are_all_made_up_for_run_one_after_the_other()
    {
        await using var node = await StartAsync(_ => { }, pause: TimeSpan.FromMilliseconds(40));
        await node.Schedules.CreateAsync(EverySecond with { Misfire = MisfireRule.RunAll, MisfireThreshold = TimeSpan.FromSeconds(1) }, Anna, CancellationToken.None);
        await node.Schedules.PauseAsync("steady", Anna, CancellationToken.None);
        var pausedAt = TimeProvider.System.GetUtcNow();
        await Poll.UntilAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > pausedAt.AddSeconds(5));

        await node.Schedules.ResumeAsync("steady", Anna, CancellationToken.None);
        var firings = await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Count(firing => firing.Result is not FiringResult.Running) >= 5);

        var ended = firings.Where(firing => firing.Result is not FiringResult.Running).OrderBy(firing => firing.FiredAt).ToList();
        Assert.All(ended, firing => Assert.Equal(FiringResult.Completed, firing.Result));
        Assert.Equal(ended.Select(firing => firing.ScheduledAt).Order(), ended.Select(firing => firing.ScheduledAt));
        Assert.All(ended.Zip(ended.Skip(1)), pair => Assert.Equal(pair.First.ScheduledAt.AddSeconds(1), pair.Second.ScheduledAt));
    }

    [Fact]
    public async Task A_firing_that_a_node_without_the_job_takes_is_left_to_one_that_has_it()
    {
        await using (var owner = await StartAsync(_ => { }))
            await owner.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);
        await using (var stranger = await BuildStrangerAsync())
        {
            await stranger.StartAsync();
            await stranger.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
            await Poll.UntilAsync(() => stranger.PutOffAsync(), waiting => waiting.Any(trigger => !trigger.Key.Name.Contains("/run/", StringComparison.Ordinal)));
            // The firing that was put off ends a moment after its trigger is stored.
            await Poll.UntilAsync(() => stranger.FiringsAsync("steady"), found => found.Count == 0);
        }

        await using var next = await StartAsync(_ => { });
        var firings = await Poll.UntilAsync(() => next.FiringsAsync("steady"), found => found.Any(firing => firing.Result is not FiringResult.Running));

        Assert.Equal(FiringResult.Completed, Assert.Single(firings).Result);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_firing_outlasts_a_database_that_is_away(int attempts)
    {
        await using var node = await StartAsync(
            clutch => clutch.Configure(options => options.RepositoryRetry = new() { Attempts = attempts, Delay = TimeSpan.FromMilliseconds(1) }), services: services => FaultyRepository.Decorate(services, new() { LaunchFaults = 2 }));
        await node.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);

        await node.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
        var firings = await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Any(firing => firing.Result is not FiringResult.Running));

        Assert.Equal(FiringResult.Completed, Assert.Single(firings).Result);
        Assert.Equal(ScheduleNode.ItemCount, await node.CountAsync("SELECT count(*) FROM work_done"));
    }

    [Fact]
    public async Task Firings_that_were_put_off_wait_out_a_pause()
    {
        await using var node = await StartAsync(_ => { });
        await node.Schedules.CreateAsync(EverySecond with { Jitter = TimeSpan.FromSeconds(8), Overlap = OverlapRule.Allow }, Anna, CancellationToken.None);
        await Poll.UntilAsync(node.PutOffAsync, waiting => waiting.Count > 1);

        await node.Schedules.PauseAsync("steady", Anna, CancellationToken.None);
        var held = await Poll.UntilAsync(node.PutOffAsync, waiting => waiting.Count > 0 && waiting.All(trigger => trigger.State is Quartz.TriggerState.Paused));
        var before = await node.FiringsAsync("steady");
        await node.Schedules.ResumeAsync("steady", Anna, CancellationToken.None);

        var times = held.Select(trigger => trigger.Key.Name.Split('/')[1]).ToList();
        Assert.DoesNotContain(before, firing => times.Contains(JobParameters.Format(firing.ScheduledAt)));
        await Poll.UntilAsync(
            () => node.FiringsAsync("steady"),
            found => times.TrueForAll(time => found.Any(firing => firing.Result is FiringResult.Completed && JobParameters.Format(firing.ScheduledAt) == time)));
    }

    [Fact]
    public async Task A_firing_that_was_put_off_does_not_outlive_its_schedule()
    {
        await using var node = await StartAsync(clutch => clutch.AddSchedule(
            "steady", "work", schedule => schedule.Every(TimeSpan.FromSeconds(1)).Parameter("at", "{scheduled}").OnOverlap(OverlapRule.Allow).Change(definition => definition with { Jitter = TimeSpan.FromSeconds(8) })));
        await Poll.UntilAsync(node.PutOffAsync, waiting => waiting.Count > 1);

        await node.Schedules.DeleteAsync("steady", Anna, CancellationToken.None);
        await Poll.UntilAsync(node.PutOffAsync, waiting => waiting.Count == 0);

        Assert.Contains(await node.FiringsAsync("steady"), firing => firing is { Result: FiringResult.Skipped, Summary: "The schedule was deleted." });
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
    public async Task At_a_limit_one_firing_of_a_schedule_waits_for_all()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await BuildAsync(clutch => clutch
            .Configure(options => options.MaxRunning = 1)
            .AddJob("gated", job => job.Step("wait", (_, cancellationToken) => end.Task.WaitAsync(cancellationToken))));
        await node.Get<JobLauncher>().LaunchAsync("gated", new Dictionary<string, string>());
        await node.StartAsync();
        await node.Schedules.CreateAsync(EverySecond, Anna, CancellationToken.None);

        await Poll.UntilAsync(
            async () => await node.Schedules.ListMisfiresAsync(new() { ScheduleName = "steady", Reason = MisfireReason.Overlap }, CancellationToken.None), misfires => misfires.Count >= 4);

        // The one that waits, and at most one that found it just being tried.
        Assert.InRange((await node.PutOffAsync()).Count, 0, 2);
        end.SetResult();
        await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));
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
    public async Task A_missed_firing_is_found_behind_hundreds_that_were_left_out()
    {
        await using var node = await StartAsync(_ => { });
        var scheduler = await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
        var now = TimeProvider.System.GetUtcNow();
        await AddAsync("daily", now.AddHours(-1), Quartz.MisfireReason.Missed);
        for (var i = 0; i < 600; i++)
            await AddAsync("busy", now.AddSeconds(-i), Quartz.MisfireReason.Overlap);

        var missed = await node.Schedules.ListMisfiresAsync(new() { Reason = MisfireReason.Missed }, CancellationToken.None);
        var page = await node.Schedules.ListMisfiresAsync(new() { Limit = 500 }, CancellationToken.None);
        var next = await node.Schedules.ListMisfiresAsync(new() { Limit = 500, Before = page[^1].NoticedAt }, CancellationToken.None);

        Assert.Equal("daily", Assert.Single(missed).ScheduleName);
        Assert.Equal((500, 101), (page.Count, next.Count));

        async Task AddAsync(string name, DateTimeOffset at, Quartz.MisfireReason reason)
        {
            var key = StoredSchedule.KeyOf(name);
            var entry = new Quartz.MisfireHistoryEntry(scheduler.SchedulerName, "node", key.Group, key.Name, key, at, at) { Reason = reason };
            await node.Get<IExecutionHistoryStore>().AddMisfire(entry, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_execution_that_an_operator_stopped_stays_stopped_over_a_restart(bool isFromElsewhere)
    {
        JobExecutionId id;
        await using (var first = await StartAsync(_ => { }, pause: TimeSpan.FromMilliseconds(500)))
        {
            await first.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);
            await first.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
            var run = await Poll.UntilAsync(() => Task.FromResult(first.Get<JobLauncher>().Running.FirstOrDefault()), found => found is not null);
            id = run!.Execution.Id;
            if (isFromElsewhere)
                await first.Get<IJobRepository>().RequestStopAsync(id, CancellationToken.None);
            else
                await first.Get<JobLauncher>().StopAsync(id);
        }

        await using var second = await StartAsync(_ => { });
        await second.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
        var firings = await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));

        Assert.DoesNotContain(firings, firing => firing.Summary?.Contains("handed back", StringComparison.Ordinal) == true);
        Assert.Equal(BatchStatus.Stopped, (await second.Get<IJobRepository>().FindExecutionAsync(id, CancellationToken.None))!.Status);
        Assert.Equal(2, (await second.Get<IJobRepository>().ListExecutionsAsync(new() { JobName = "work" }, CancellationToken.None)).Count);
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

    private static Schedule Done(ScheduleAnswer answer) => Assert.IsType<ScheduleAnswer.Done>(answer).Schedule;

    private async Task<Node> StartAsync(Action<ClutchBuilder> addSchedules, TimeSpan? pause = null, Action<IServiceCollection>? services = null)
    {
        var node = await BuildAsync(addSchedules, pause, services);
        await node.StartAsync();
        return node;
    }

    private Task<Node> BuildAsync(Action<ClutchBuilder> addSchedules, TimeSpan? pause = null, Action<IServiceCollection>? services = null) => BuildAsync(collection =>
    {
        ScheduleNode.Add(collection, pause ?? TimeSpan.Zero, addSchedules);
        services?.Invoke(collection);
    });

    /// <summary>A program of the same cluster that has other jobs.</summary>
    private Task<Node> BuildStrangerAsync() =>
        BuildAsync(static services => services.AddClutch(static clutch => clutch.AddJob("other", job => job.Step("nothing", (_, _) => Task.CompletedTask))));

    private async Task<Node> BuildAsync(Action<IServiceCollection> addJobs, Action<SchedulerOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddClutchSqlite(ConnectionString);
        addJobs(builder.Services);
        builder.Services.AddClutchSchedules(schedules => schedules.UseSqlite(ConnectionString).Configure(configure ?? (_ => { })));
        var node = new Node(builder.Build());
        await node.Get<IJobRepository>().MigrateAsync(CancellationToken.None);
        await node.Get<RelationalDatabase>().ChangeAsync(new(ScheduleNode.CreateTable), Rows.Affected, CancellationToken.None);
        return node;
    }

    private sealed class Node(IHost host) : IAsyncDisposable
    {
        public ISchedules Schedules => Get<ISchedules>();

        public T Get<T>()
            where T : notnull => host.Services.GetRequiredService<T>();

        public Task StartAsync() => host.StartAsync();

        public async Task<IReadOnlyList<ScheduleFiring>> FiringsAsync(string name) => await Schedules.ListFiringsAsync(new() { ScheduleName = name, Limit = 200 }, CancellationToken.None);

        /// <summary>The triggers that fire once.</summary>
        public async Task<IReadOnlyList<Quartz.TriggerHeader>> PutOffAsync()
        {
            var query = new Quartz.TriggerQuery { Group = Quartz.GroupMatcher<Quartz.TriggerKey>.GroupEquals(ScheduleTriggers.OnceGroup), Take = 1_000 };
            return [.. (await (await Get<SchedulerAccess>().GetAsync(CancellationToken.None)).QueryTriggers(query, CancellationToken.None)).Items];
        }

        public async Task<long> CountAsync(string sql) => (await Get<RelationalDatabase>().QueryAsync(new(sql), Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }
}
