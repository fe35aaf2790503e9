using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Scheduling.Stored;
using Microsoft.Extensions.DependencyInjection;
using Quartz.Extensibility;

namespace Clutch.Server.Tests.Schedules;

/// <summary>Firings that do not come at their time: missed, left out, put off, handed back.</summary>
public sealed class LateFiringTests : ScheduleFileTests
{
    [Theory]
    [InlineData(MisfireRule.RunOnce, 1, false)]
    [InlineData(MisfireRule.Skip, 0, false)]
    [InlineData(MisfireRule.RunOnce, 1, true)]
    public async Task What_was_missed_while_the_process_was_down_is_made_up_for_by_rule(MisfireRule rule, int madeUp, bool isChangedCode)
    {
        var definition = EverySecond with { Trigger = new ScheduleTrigger.Every(TimeSpan.FromSeconds(2)), Misfire = rule, MisfireThreshold = TimeSpan.FromSeconds(1) };
        var stoppedAt = DateTimeOffset.MinValue;
        await using (var first = await StartAsync(_ => { }, services: services => Deploy(services, definition)))
        {
            if (!isChangedCode)
                await first.Schedules.CreateAsync(definition, Anna, CancellationToken.None);
            await Poll.UntilAsync(() => first.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));
        }

        stoppedAt = TimeProvider.System.GetUtcNow();
        await Poll.UntilAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > stoppedAt.AddSeconds(8));
        await using var second = await StartAsync(_ => { }, services: services => Deploy(services, definition with { Description = "Of the next version." }));
        var startedAt = TimeProvider.System.GetUtcNow();
        var firings = await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Count(firing => firing.ScheduledAt > startedAt && firing.Result is FiringResult.Completed) >= 2);

        var between = firings.Where(firing => firing.ScheduledAt > stoppedAt.AddSeconds(2) && firing.ScheduledAt < startedAt.AddSeconds(-2)).ToList();
        Assert.True(between.Count <= madeUp, $"{between.Count} firings of the outage were made up for.");
        Assert.Equal(firings.Count, firings.Select(firing => firing.ScheduledAt).Distinct().Count());
        var misfires = await second.Schedules.ListMisfiresAsync(new() { ScheduleName = "steady" }, CancellationToken.None);
        Assert.Contains(misfires, misfire => misfire.ScheduledAt < stoppedAt.AddSeconds(4));

        void Deploy(IServiceCollection services, ScheduleDefinition code)
        {
            if (isChangedCode)
                services.AddSingleton(code);
        }
    }

    [Fact]
    public async Task A_firing_that_is_due_outlasts_an_edit_of_anything_but_its_times()
    {
        // The scheduler of a program that has not started fires nothing.
        await using var node = await BuildAsync(static (ClutchBuilder _) => { });
        var due = Done(await node.Schedules.CreateAsync(EverySecond, Anna, CancellationToken.None)).Next[0].At;
        await node.Schedules.CreateAsync(EverySecond with { Name = "moved" }, Anna, CancellationToken.None);
        await Poll.UntilAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > due.AddSeconds(2));

        var edited = await EditAsync(EverySecond with { Description = "told better" });
        var moved = await EditAsync(EverySecond with { Name = "moved", Trigger = new ScheduleTrigger.Every(TimeSpan.FromSeconds(2)) });
        await node.StartAsync();

        Assert.Equal(due, edited.Next[0].At);
        Assert.True(moved.Next[0].At > due.AddSeconds(2));
        await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Any(firing => firing.ScheduledAt == due));

        async Task<Schedule> EditAsync(ScheduleDefinition definition) => Done(await node.Schedules.EditAsync(definition, revision: null, Anna, CancellationToken.None));
    }

    [Fact]
    public async Task Firings_are_listed_by_what_came_of_them()
    {
        await using (var first = await StartAsync(_ => { }))
        {
            await first.Schedules.CreateAsync(EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 * * *") }, Anna, CancellationToken.None);
            await first.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
            await Poll.UntilAsync(() => first.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));
        }

        await using var second = await BuildAsync(static services => services.AddClutch(
            static clutch => clutch.AddJob("work", job => job.Parameter<DateOnly>("day").Step("nothing", (_, _) => Task.CompletedTask))));
        await second.StartAsync();
        await second.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
        await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Count == 2 && found.All(firing => firing.Result is not FiringResult.Running));

        var failed = Assert.Single(await ListAsync(FiringResult.Failed));
        Assert.Null(failed.ExecutionId);
        Assert.Contains("'day'", failed.Summary, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(await ListAsync(FiringResult.Completed)).ExecutionId);
        Assert.Empty(await ListAsync(FiringResult.Stopped));
        Assert.Empty(await ListAsync(FiringResult.Running));

        async Task<IReadOnlyList<ScheduleFiring>> ListAsync(FiringResult result) => await second.Schedules.ListFiringsAsync(new() { Result = result }, CancellationToken.None);
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
        // The next of a schedule of which none waits is never long past.
        var next = await Poll.UntilAsync(NextAsync, at => at < TimeProvider.System.GetUtcNow().AddSeconds(-4));

        // The one that waits, and at most one that found it just being tried.
        Assert.InRange((await node.PutOffAsync()).Count, 0, 2);
        end.SetResult();
        await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));
        await Poll.UntilAsync(NextAsync, later => later > next);

        async Task<DateTimeOffset> NextAsync() => (await node.Schedules.FindAsync("steady", CancellationToken.None))!.Next[0].At;
    }

    [Theory]
    [InlineData(OverlapRule.Skip)]
    [InlineData(OverlapRule.Wait)]
    public async Task A_firing_gives_way_to_a_restart_of_an_earlier_one(OverlapRule rule)
    {
        var (runs, end) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var node = await StartAsync(clutch => clutch.AddJob("flaky", job => job.Step(
            "wait", (_, cancellationToken) => Interlocked.Increment(ref runs) == 1 ? throw new InvalidOperationException("Once") : end.Task.WaitAsync(cancellationToken))));
        await node.Schedules.CreateAsync(new() { Name = "steady", JobName = "flaky", Trigger = new ScheduleTrigger.Cron("0 2 1 1 *"), Overlap = rule }, Anna, CancellationToken.None);
        await node.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
        var failed = await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Failed));
        // As its policy has it restarted.
        await node.Get<JobLauncher>().RestartAsync(failed[0].ExecutionId!.Value);
        await Poll.UntilAsync(() => Task.FromResult(Volatile.Read(ref runs)), count => count == 2);

        await node.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
        await Poll.UntilAsync(async () => (await node.FiringsAsync("steady"), await node.PutOffAsync()), found => rule is OverlapRule.Skip
            ? found.Item1.Any(firing => firing.Result is FiringResult.Skipped)
            : found.Item2.Any(trigger => !trigger.Key.Name.Contains("/run/", StringComparison.Ordinal)));

        Assert.Equal(2, Volatile.Read(ref runs));
        end.SetResult();
        if (rule is OverlapRule.Skip)
            Assert.NotEmpty(await node.Schedules.ListMisfiresAsync(new() { ScheduleName = "steady", Reason = MisfireReason.Overlap }, CancellationToken.None));
        else
            await Poll.UntilAsync(() => node.FiringsAsync("steady"), found => found.Any(firing => firing.Result is FiringResult.Completed));
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
}
