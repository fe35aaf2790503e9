using System.Net;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Outbox;
using Clutch.Outbox.Submitting;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Server.Nodes;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Alerts;

/// <summary>Each rule fires when it should, and does not when it should not. The clock is the test's: a look is told when it is.</summary>
public abstract class AlertRuleTests(StoreKind kind)
{
    private readonly ManualClock _clock = new(TimeProvider.System.GetUtcNow());

    [SkippableFact]
    public async Task A_failure_that_is_going_to_be_restarted_is_no_alert_one_that_gave_up_is()
    {
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch
                .AddJob("patient", job => job.RestartAutomatically(new() { Delay = TimeSpan.FromHours(1) }).Step("load", (_, _) => throw new InvalidDataException("Password=hunter2; https://anna:hunter2@host/x")))
                .AddJob("impatient", job => job.RestartAutomatically(new() { Except = _ => true }).Step("load", (_, _) => throw new InvalidDataException("Password=hunter2; https://anna:hunter2@host/x"))),
        });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("patient")).Id);
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("impatient")).Id);

        await server.LookAsync();

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal((AlertRule.Failed, "impatient", AlertSeverity.Critical), (alert.Rule, alert.Job, alert.Severity));
        Assert.Contains("not restarted any more", alert.Retry, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", alert.What, StringComparison.Ordinal);
        Assert.Contains("Password=***", alert.What, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_job_that_crashes_again_and_again_is_told_although_it_gets_further_each_time()
    {
        var attempt = 0;
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch.AddJob("crashing", job => job.RestartAutomatically(new() { Attempts = 1, MaxRestartsPerHour = 2, Delay = TimeSpan.FromHours(1) }).Step("load", step => step
                .ReadFrom(Enumerable.Range(1, 50).ToArray())
                .Process(number => number == (10 * Volatile.Read(ref attempt)) + 5 ? throw new InvalidDataException($"{number} is torn.") : number)
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .ChunkSize(10))),
        });
        attempt = 1;
        var first = await server.Operator.LaunchAsync("crashing");
        await server.Viewer.EndAsync(first.Id);
        attempt = 2;
        var second = await RestartAsync(server, first.Id);
        await server.LookAsync();
        Assert.Empty(await server.Viewer.AlertsAsync());
        attempt = 3;
        await RestartAsync(server, second);

        await server.LookAsync();

        Assert.Contains("restarted 2 times within an hour", Assert.Single(await server.Viewer.AlertsAsync()).Retry, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_long_error_is_cut_between_characters_and_keeps_no_alert_back()
    {
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch.AddJob("wordy", job => job.Step("load", (_, _) => throw new InvalidDataException("x" + string.Concat(Enumerable.Repeat("\U0001F600", 200))))),
        });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("wordy")).Id);

        await server.LookAsync();

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.EndsWith("\U0001F600…", alert.What, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', alert.What);
    }

    [SkippableFact]
    public async Task A_failure_that_another_process_may_restart_is_told_when_none_did()
    {
        await using var server = await StartAsync();
        var repository = server.Services.GetRequiredService<IJobRepository>();
        await EndAsync(await LaunchAsync("elsewhere", TimeSpan.FromMinutes(5), []));
        var fired = await LaunchAsync("failing", TimeSpan.FromMilliseconds(1), [new("clutch.schedule", new("nightly", IsIdentifying: true))]);
        var launched = await LaunchAsync("failing", TimeSpan.FromMilliseconds(1), []);
        foreach (var lost in (JobExecution[])[fired, launched])
            await server.Viewer.EndAsync(lost.Id.Value);

        await server.LookAsync(_clock.GetUtcNow());
        var atOnce = await server.Viewer.AlertsAsync();
        await server.LookAsync(After(TimeSpan.FromMinutes(8)));
        var later = await server.Viewer.AlertsAsync();

        Assert.Equal(launched.Id.Value, Assert.Single(atOnce).ExecutionId);
        Assert.Equal(3, later.Count);
        Assert.Contains("no other has restarted it", Assert.Single(later, alert => alert.Job == "elsewhere").Retry, StringComparison.Ordinal);
        Assert.Contains("and was not", Assert.Single(later, alert => alert.ExecutionId == fired.Id.Value).Retry, StringComparison.Ordinal);

        async Task<JobExecution> LaunchAsync(string job, TimeSpan lease, IEnumerable<KeyValuePair<string, JobParameter>> parameters)
        {
            var launch = await repository.LaunchAsync(new() { JobName = job, Parameters = new(parameters), Node = "another", LeaseDuration = lease }, CancellationToken.None);
            return ((LaunchDecision.Launched)launch).Execution;
        }

        async Task EndAsync(JobExecution execution) => await repository.EndJobAsync(
            new() { Lease = new(execution.Id, execution.Fence, "another"), Status = BatchStatus.Failed, ExitCode = "Failed" }, CancellationToken.None);
    }

    [SkippableFact]
    public async Task A_failed_instance_is_one_alert_until_it_completes()
    {
        await using var server = await StartAsync();
        var first = await server.Operator.LaunchAsync("failing");
        await server.Viewer.EndAsync(first.Id);
        await server.LookAsync();
        var second = await RestartAsync(server, first.Id);
        await server.LookAsync();
        Assert.Single(await server.Viewer.AlertsAsync());

        server.Jobs.Mend();
        await RestartAsync(server, second);
        await server.LookAsync();

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal(AlertState.Resolved, alert.State);
    }

    [SkippableFact]
    public async Task A_failure_tells_what_all_attempts_wrote()
    {
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch.AddJob("stubborn", job => job.Step("load", step => step
                .ReadFrom(Enumerable.Range(1, 50).ToArray())
                .Process(number => number == 35 ? throw new InvalidDataException("35 is torn.") : number)
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .ChunkSize(10))),
        });
        var first = await server.Operator.LaunchAsync("stubborn");
        await server.Viewer.EndAsync(first.Id);
        await RestartAsync(server, first.Id);

        await server.LookAsync();

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.StartsWith("30 items written and kept, 0 skipped; not finished: 'load'.", alert.Impact, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_failure_counts_what_partitions_wrote_once()
    {
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch.AddJob("cut", job => job.Step("load", step => step
                .ReadFrom(context => context.Partition == "bad" ? throw new InvalidDataException("It is torn.") : Enumerable.Range(1, 3).ToAsyncEnumerable())
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .Partition(_ => Partitioners.Of(["good", "bad"])))),
        });
        var first = await server.Operator.LaunchAsync("cut");
        await server.Viewer.EndAsync(first.Id);
        await RestartAsync(server, first.Id);

        await server.LookAsync();

        Assert.StartsWith("3 items written and kept", Assert.Single(await server.Viewer.AlertsAsync()).Impact, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_failed_instance_that_retention_deleted_ends_its_alert_without_a_word()
    {
        await using var sink = await HttpSink.StartAsync();
        await using var server = await StartAsync(new() { Options = options => options.Alerts.Webhooks.Add(new() { Name = "ops", Url = sink.Address, Secret = AlertNode.Secret }) });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing")).Id);
        var alert = await server.LookUntilAsync(alert => alert.NotifiedAt is not null);

        await server.Services.GetRequiredService<IJobRepository>().PurgeAsync(TimeProvider.System.GetUtcNow().AddDays(1), 100, CancellationToken.None);
        await server.LookAsync();

        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
        Assert.Equal([AlertNoticeKind.Fired], (await server.Viewer.DeliveriesAsync(alert.Id)).Select(delivery => delivery.Kind));
    }

    [SkippableFact]
    public async Task A_run_longer_than_usual_is_told_a_short_one_and_one_without_history_are_not()
    {
        var gate = new TaskCompletionSource();
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch.AddJob("gated", job => job.Parameter<int>("n").Step("load", async (context, cancellationToken) =>
            {
                if (context.Parameters.Get<int>("n") == 99)
                    await gate.Task.WaitAsync(cancellationToken);
            })),
        });
        for (var run = 0; run < 5; run++)
            await server.Viewer.EndAsync((await server.Operator.LaunchAsync("gated", $$"""{"n":"{{run}}"}""")).Id);
        var late = await server.Operator.LaunchAsync("gated", """{"n":"99"}""");
        var unknown = await server.Operator.LaunchAsync("limited", """{"n":"1"}""");

        await server.LookAsync(After(TimeSpan.FromSeconds(30)));
        Assert.Empty(await server.Viewer.AlertsAsync());
        await server.LookAsync(After(TimeSpan.FromMinutes(2)));

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal((AlertRule.RunningTooLong, late.Id), (alert.Rule, alert.ExecutionId));
        gate.SetResult();
        await server.Viewer.EndAsync(late.Id);
        await server.LookAsync(_clock.GetUtcNow());
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
        server.Jobs.Release();
        await server.Viewer.EndAsync(unknown.Id);
    }

    [SkippableFact]
    public async Task A_run_longer_than_it_may_is_told_though_none_has_completed()
    {
        await using var server = await StartAsync(new() { Options = options => options.Alerts.Rules.RunningTooLong.MaxDurations["limited"] = TimeSpan.FromMinutes(10) });
        var limited = await server.Operator.LaunchAsync("limited", """{"n":"1"}""");
        var other = await server.Operator.LaunchAsync("waiting");
        await server.Viewer.UntilAsync(other.Id, details => details.Steps is [{ Counts.Commits: 3 }]);

        await server.LookAsync(After(TimeSpan.FromMinutes(9)));
        var early = await TooLongAsync();
        await server.LookAsync(After(TimeSpan.FromMinutes(2)));
        var named = Assert.Single(await TooLongAsync());
        await server.LookAsync(After(TimeSpan.FromHours(24)));
        var all = await TooLongAsync();

        Assert.Empty(early);
        Assert.Equal(limited.Id, named.ExecutionId);
        Assert.Contains("runs for longer than 10 min, the most that it may take", named.What, StringComparison.Ordinal);
        Assert.Equal([limited.Id, other.Id], all.Select(alert => alert.ExecutionId!.Value).Order());

        async Task<List<AlertView>> TooLongAsync() => [.. (await server.Viewer.AlertsAsync()).Where(alert => alert.Rule is AlertRule.RunningTooLong)];
    }

    [SkippableFact]
    public async Task A_step_that_hangs_before_its_first_chunk_is_told_one_without_chunks_is_not()
    {
        var gate = new TaskCompletionSource();
        await using var server = await StartAsync(new()
        {
            Clutch = clutch => clutch.AddJob("stuck", job => job.Step("load", step => step.ReadFrom(_ => OneAfter(gate.Task)).WriteChunk((_, _, _) => ValueTask.CompletedTask))),
        });
        var stuck = await server.Operator.LaunchAsync("stuck");
        await server.Operator.LaunchAsync("limited", """{"n":"1"}""");
        await server.Viewer.UntilAsync(stuck.Id, details => details.Steps.Count == 1);

        await server.LookAsync(After(TimeSpan.FromMinutes(14)));
        Assert.Empty(await server.Viewer.AlertsAsync());
        await server.LookAsync(After(TimeSpan.FromMinutes(2)));

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal((AlertRule.NoProgress, stuck.Id), (alert.Rule, alert.ExecutionId));
        Assert.Contains("has committed no chunk since it began", alert.What, StringComparison.Ordinal);
        gate.SetResult();
        await server.Viewer.EndAsync(stuck.Id);
        await server.LookAsync(_clock.GetUtcNow());
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);

        static async IAsyncEnumerable<int> OneAfter(Task gate)
        {
            await gate;
            yield return 1;
        }
    }

    [SkippableFact]
    public async Task A_job_without_a_success_for_too_long_is_told_until_it_completes()
    {
        await using var server = await StartAsync(new()
        {
            Options = options =>
            {
                options.Alerts.Rules.NoSuccessWithin.Jobs["failing"] = TimeSpan.FromHours(2);
                options.Alerts.Rules.Failed.IsEnabled = false;
            },
        });
        await server.LookAsync(_clock.GetUtcNow());
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing")).Id);
        await server.LookAsync(After(TimeSpan.FromHours(1.9)));
        var early = await server.Viewer.AlertsAsync();
        await server.LookAsync(After(TimeSpan.FromHours(0.2)));
        var never = Assert.Single(await server.Viewer.AlertsAsync());
        server.Jobs.Mend();
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing", """{"n":"2"}""")).Id);
        await server.LookAsync();
        var mended = Assert.Single(await server.Viewer.AlertsAsync());
        await server.LookAsync(_clock.GetUtcNow());
        var again = Assert.Single(await server.Viewer.AlertsAsync(), alert => alert.State is AlertState.Open);

        Assert.Empty(early);
        Assert.Equal((AlertRule.NoSuccessWithin, "failing", AlertSeverity.Critical), (never.Rule, never.Job, never.Severity));
        Assert.Equal((never.Id, AlertState.Resolved), (mended.Id, mended.State));
        Assert.Contains("It last completed at", again.Impact, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_step_that_commits_no_more_is_told_until_it_does()
    {
        await using var server = await StartAsync();
        var waiting = await server.Operator.LaunchAsync("waiting");
        await server.Viewer.UntilAsync(waiting.Id, details => details.Steps is [{ Counts.Commits: 3 }]);

        await server.LookAsync(_clock.GetUtcNow());
        await server.LookAsync(After(TimeSpan.FromMinutes(4)));
        Assert.Empty(await server.Viewer.AlertsAsync());
        await server.LookAsync(After(TimeSpan.FromMinutes(2)));

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal(AlertRule.NoProgress, alert.Rule);
        Assert.Contains("30 items written in 3 chunks", alert.Impact, StringComparison.Ordinal);
        server.Jobs.Release();
        await server.Viewer.EndAsync(waiting.Id);
        await server.LookAsync(_clock.GetUtcNow());
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
    }

    [SkippableTheory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public async Task Dead_letters_above_the_limit_are_told(int above, int alerts)
    {
        await using var server = await StartAsync(new() { Options = options => options.Alerts.Rules.DeadLetters.Above = above });
        var execution = await server.Operator.LaunchAsync("skipping");
        await server.Viewer.EndAsync(execution.Id);

        await server.LookAsync();

        var found = (await server.Viewer.AlertsAsync()).Where(alert => alert is { Rule: AlertRule.DeadLetters, Job: "skipping" }).ToList();
        Assert.Equal(alerts, found.Count);
        Assert.All(found, alert => Assert.Equal($"clutch redrive {execution.Id} --step load", alert.Command));
    }

    [SkippableFact]
    public async Task A_schedule_that_is_overdue_or_missed_is_told_until_it_fires()
    {
        var schedules = new NoSchedules();
        await using var server = await StartAsync(new() { Services = services => services.AddSingleton<ISchedules>(schedules) });
        var now = _clock.GetUtcNow();
        schedules.Set(Schedule("overdue", next: now.AddMinutes(-6), lastFiredAt: now.AddHours(-1)));
        schedules.Set(Schedule("waiting", next: now.AddMinutes(-6), lastFiredAt: now.AddMinutes(-6)));
        schedules.Set(Schedule("soon", next: now.AddMinutes(-4), lastFiredAt: now.AddHours(-1)));
        schedules.Set(Schedule("missed", next: now.AddHours(1), lastFiredAt: now.AddHours(-2)));
        schedules.Set(Schedule("made-up", next: now.AddHours(1), lastFiredAt: now.AddMinutes(-1)));
        schedules.Set(Schedule("paused", next: now.AddHours(-1), lastFiredAt: null) with { State = ScheduleState.Paused });
        foreach (var name in (string[])["missed", "made-up"])
            schedules.Misfires.Add(new(name, now.AddMinutes(-30), now.AddMinutes(-29), MisfireReason.Missed, "node"));
        schedules.Misfires.Add(new("soon", now.AddMinutes(-30), now.AddMinutes(-29), MisfireReason.Overlap, "node"));

        await server.LookAsync(now);
        var alerts = await server.Viewer.AlertsAsync();
        Assert.Equal(["schedule missed", "schedule overdue", "schedule waiting"], alerts.Select(alert => alert.Subject).Order(StringComparer.Ordinal));
        Assert.Contains("has waited to be launched since", Assert.Single(alerts, alert => alert.Subject == "schedule waiting").What, StringComparison.Ordinal);
        foreach (var name in (string[])["overdue", "missed", "waiting"])
            schedules.Set(Schedule(name, next: now.AddHours(1), lastFiredAt: now));
        await server.LookAsync(now);

        Assert.All(await server.Viewer.AlertsAsync(), alert => Assert.Equal((AlertRule.MissedSchedule, AlertState.Resolved), (alert.Rule, alert.State)));
    }

    [SkippableFact]
    public async Task A_run_that_stands_in_the_way_of_three_firings_is_told_until_it_ends()
    {
        var schedules = new NoSchedules();
        await using var server = await StartAsync(new() { Services = services => services.AddSingleton<ISchedules>(schedules) });
        var repository = server.Services.GetRequiredService<IJobRepository>();
        var (hung, short1) = (await FireAsync("hung"), await FireAsync("short"));
        var now = After(TimeSpan.FromMinutes(10));
        foreach (var name in (string[])["hung", "short"])
            schedules.Set(Schedule(name, next: now.AddMinutes(1), lastFiredAt: now));
        Overlap("hung", 3);
        Overlap("short", 2);

        await server.LookAsync(now);
        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        foreach (var execution in (JobExecution[])[hung, short1])
            await repository.EndJobAsync(new() { Lease = new(execution.Id, execution.Fence, "another"), Status = BatchStatus.Completed, ExitCode = "Completed" }, CancellationToken.None);
        await server.LookAsync(now);

        Assert.Equal((AlertRule.MissedSchedule, "schedule hung", hung.Id.Value), (alert.Rule, alert.Subject, alert.ExecutionId));
        Assert.StartsWith($"Execution {hung.Id.Value} is in the way of schedule 'hung'", alert.What, StringComparison.Ordinal);
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);

        async Task<JobExecution> FireAsync(string schedule)
        {
            var parameters = new JobParameters([new("clutch.schedule", new(schedule, IsIdentifying: true))]);
            var launch = await repository.LaunchAsync(new() { JobName = "quick", Parameters = parameters, Node = "another", LeaseDuration = TimeSpan.FromHours(1) }, CancellationToken.None);
            return ((LaunchDecision.Launched)launch).Execution;
        }

        void Overlap(string schedule, int count)
        {
            for (var firing = 1; firing <= count; firing++)
                schedules.Misfires.Add(new(schedule, now.AddMinutes(-firing), now.AddMinutes(-firing), MisfireReason.Overlap, "node"));
        }
    }

    [SkippableFact]
    public async Task A_firing_missed_before_a_change_is_told_where_a_deployment_made_it_and_noticed_it()
    {
        var schedules = new NoSchedules();
        await using var server = await StartAsync(new() { Services = services => services.AddSingleton<ISchedules>(schedules) });
        var now = _clock.GetUtcNow();
        Add("deployed", now.AddMinutes(-20), "deployed");
        Add("deployed-since", now.AddMinutes(-10), "deployed");
        Add("resumed", now.AddMinutes(-20), "resumed");

        await server.LookAsync(now);

        Assert.Equal(["schedule deployed"], (await server.Viewer.AlertsAsync()).Select(alert => alert.Subject));

        void Add(string name, DateTimeOffset changedAt, string action)
        {
            schedules.Set(Schedule(name, next: now.AddHours(1), lastFiredAt: now.AddHours(-2)) with { Changes = [new(changedAt, "anna", action, Details: null)] });
            schedules.Misfires.Add(new(name, now.AddMinutes(-30), now.AddMinutes(-15), MisfireReason.Missed, "node"));
        }
    }

    [SkippableFact]
    public async Task A_schedule_that_cannot_fire_is_told_until_it_can()
    {
        var schedules = new NoSchedules();
        await using var server = await StartAsync(new() { Services = services => services.AddSingleton<ISchedules>(schedules) });
        var now = _clock.GetUtcNow();
        schedules.Set(Schedule("broken", next: now.AddHours(1), lastFiredAt: now) with { State = ScheduleState.Faulty, Next = [] });
        schedules.Set(Schedule("overdue", next: now.AddMinutes(-6), lastFiredAt: now.AddHours(-1)));
        await server.LookAsync(now);
        schedules.Set(Schedule("overdue", next: now.AddHours(1), lastFiredAt: now.AddHours(-1)) with { State = ScheduleState.Faulty, Next = [] });

        await server.LookAsync(After(TimeSpan.FromMinutes(1)));
        var alerts = await server.Viewer.AlertsAsync();
        foreach (var name in (string[])["broken", "overdue"])
            schedules.Set(Schedule(name, next: now.AddHours(1), lastFiredAt: now));
        await server.LookAsync(After(TimeSpan.FromMinutes(1)));

        Assert.Equal(["schedule broken", "schedule overdue"], alerts.Select(alert => alert.Subject).Order(StringComparer.Ordinal));
        Assert.All(alerts, alert => Assert.Contains("cannot fire", alert.What, StringComparison.Ordinal));
        Assert.All(alerts, alert => Assert.StartsWith("clutch schedules resume ", alert.Command, StringComparison.Ordinal));
        Assert.All(await server.Viewer.AlertsAsync(), alert => Assert.Equal(AlertState.Resolved, alert.State));
    }

    [SkippableFact]
    public async Task What_a_schedule_missed_long_ago_is_over_when_it_launches_or_is_changed_and_not_before()
    {
        var schedules = new NoSchedules();
        await using var server = await StartAsync(new() { Services = services => services.AddSingleton<ISchedules>(schedules) });
        var now = _clock.GetUtcNow();
        string[] names = ["edited", "launched", "missed", "refused"];
        foreach (var name in names)
            schedules.Set(Monthly(name));
        foreach (var name in names[..3])
            schedules.Misfires.Add(new(name, now.AddMinutes(-30), now.AddMinutes(-29), MisfireReason.Missed, "node"));
        schedules.Firings.Add(Firing("refused", now.AddMinutes(-30), FiringResult.Failed));
        await server.LookAsync(now);
        var later = After(TimeSpan.FromDays(8));

        await server.LookAsync(later);
        var alerts = await server.Viewer.AlertsAsync();
        schedules.Firings.Add(Firing("launched", later, FiringResult.Completed) with { ExecutionId = new(1) });
        schedules.Set(Monthly("edited") with { Changes = [new(later, "anna", "edited", Details: null)] });
        await server.LookAsync(After(TimeSpan.FromMinutes(1)));

        Assert.Equal(4, alerts.Count);
        Assert.All(alerts, alert => Assert.Equal(AlertState.Open, alert.State));
        var open = (await server.Viewer.AlertsAsync()).Where(alert => alert.State is AlertState.Open);
        Assert.Equal(["schedule missed", "schedule refused"], open.Select(alert => alert.Subject).Order(StringComparer.Ordinal));

        Schedule Monthly(string name) => Schedule(name, next: now.AddDays(30), lastFiredAt: now.AddHours(-1));
    }

    [SkippableFact]
    public async Task A_firing_that_could_not_launch_is_told_until_one_does()
    {
        var schedules = new NoSchedules();
        await using var server = await StartAsync(new() { Services = services => services.AddSingleton<ISchedules>(schedules) });
        var now = _clock.GetUtcNow();
        var firedAt = now.AddHours(-2);
        Add("refused", changedAt: firedAt.AddHours(-1), "edited");
        Add("run", changedAt: firedAt.AddHours(1), "run");
        Add("edited", changedAt: firedAt.AddHours(1), "edited");
        Add("waiting", changedAt: firedAt.AddHours(-1), "edited");
        Add("running", changedAt: firedAt.AddHours(-1), "edited");
        Add("launched", changedAt: firedAt.AddHours(-1), "edited");
        schedules.Firings.Add(Firing("waiting", now.AddHours(-1), FiringResult.Skipped));
        schedules.Firings.Add(Firing("waiting", now.AddSeconds(-1), FiringResult.Running));
        schedules.Firings.Add(Firing("running", now.AddMinutes(-1), FiringResult.Running));
        schedules.Firings.Add(Firing("launched", now.AddHours(-1), FiringResult.Completed) with { ExecutionId = new(1) });
        Add("over", changedAt: firedAt.AddHours(-1), "edited", ScheduleState.Ended);
        Add("paused", changedAt: firedAt.AddHours(-1), "edited", ScheduleState.Paused);
        schedules.Set(Schedule("failed", next: now.AddHours(1), lastFiredAt: firedAt));
        schedules.Firings.Add(Firing("failed", firedAt, FiringResult.Failed) with { ExecutionId = new(2) });

        await server.LookAsync(now);
        var alerts = await server.Viewer.AlertsAsync();
        foreach (var name in (string[])["over", "refused", "run", "waiting"])
            schedules.Firings.Add(Firing(name, now, FiringResult.Completed) with { ExecutionId = new(3) });
        await server.LookAsync(now);

        Assert.Equal(["schedule over", "schedule refused", "schedule run", "schedule waiting"], alerts.Select(alert => alert.Subject).Order(StringComparer.Ordinal));
        Assert.All(alerts, alert => Assert.Contains("launched nothing: There is no parameter 'date'.", alert.What, StringComparison.Ordinal));
        Assert.All(await server.Viewer.AlertsAsync(), alert => Assert.Equal((AlertRule.MissedSchedule, AlertState.Resolved), (alert.Rule, alert.State)));

        void Add(string name, DateTimeOffset changedAt, string action, ScheduleState state = ScheduleState.Active)
        {
            schedules.Set(Schedule(name, next: now.AddHours(1), lastFiredAt: firedAt) with { State = state, Changes = [new(changedAt, "anna", action, Details: null)] });
            schedules.Firings.Add(Firing(name, firedAt, FiringResult.Failed) with { Summary = "There is no parameter 'date'." });
        }
    }

    [SkippableFact]
    public async Task An_outbox_that_is_late_is_told_and_one_that_is_paused_is_not()
    {
        await using var server = await StartAsync(new()
        {
            Options = options => options.Alerts.Rules.OutboxLag.OldestPending = TimeSpan.FromSeconds(1),
            Services = services => services.AddClutchOutbox(outbox => outbox.AddChannel("shop", _ => new NoSubmitter())),
        });
        await server.Services.GetRequiredService<OutboxSchema>().MigrateAsync(CancellationToken.None);
        await server.LookAsync();
        Assert.Empty(await server.Viewer.AlertsAsync());
        await EnqueueAsync(server.Services);

        var alert = await Poll.UntilAsync(() => LookForAlertAsync(server), found => found is not null);
        using var ofKey = await server.Operator.PostAsync("/api/v1/outbox/shop/pause", """{"key":"A-1","reason":"a test"}""");
        await ofKey.ProblemAsync(HttpStatusCode.BadRequest);
        await server.LookAsync();
        Assert.Equal(AlertState.Open, Assert.Single(await server.Viewer.AlertsAsync()).State);
        using var pause = await server.Operator.PostAsync("/api/v1/outbox/shop/pause", """{"reason":"a test"}""");
        await server.LookAsync();

        Assert.Equal((AlertRule.OutboxLag, "channel shop"), (alert!.Rule, alert.Subject));
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
    }

    [SkippableFact]
    public async Task A_node_that_vanished_is_told_one_that_said_farewell_is_not()
    {
        await using var server = await StartAsync(new() { Options = options => options.HeartbeatInterval = TimeSpan.FromSeconds(1) });
        var registry = server.Services.GetRequiredService<NodeRegistry>();
        var register = server.Services.GetRequiredService<INodeRegister>();
        // The server's own first sign of life, if it came after those below, would make it the successor of the one that vanished.
        await Poll.UntilAsync(() => registry.ListAsync(CancellationToken.None), nodes => nodes.Count > 0);
        await register.BeatAsync(Beat("farewell", NodeActivity.Stopped), CancellationToken.None);
        await register.BeatAsync(Beat("vanished", NodeActivity.Live), CancellationToken.None);

        var alert = await Poll.UntilAsync(() => LookForAlertAsync(server), found => found is not null);
        await register.BeatAsync(Beat("successor", NodeActivity.Live), CancellationToken.None);
        await server.LookAsync();

        Assert.Equal((AlertRule.NodeLost, "vanished"), (alert!.Rule, alert.Subject));
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
    }

    [SkippableFact]
    public async Task A_node_that_was_forgotten_ends_its_alert_without_a_word()
    {
        await using var sink = await HttpSink.StartAsync();
        await using var server = await StartAsync(new()
        {
            Options = options =>
            {
                options.HeartbeatInterval = TimeSpan.FromSeconds(1);
                options.Alerts.Webhooks.Add(new() { Name = "ops", Url = sink.Address });
            },
        });
        var registry = server.Services.GetRequiredService<NodeRegistry>();
        var register = server.Services.GetRequiredService<INodeRegister>();
        await Poll.UntilAsync(() => registry.ListAsync(CancellationToken.None), nodes => nodes.Count > 0);
        await register.BeatAsync(Beat("vanished", NodeActivity.Live), CancellationToken.None);
        var alert = (await Poll.UntilAsync(() => LookForAlertAsync(server), found => found is not null))!;

        await ChangeAsync(server, new Statement("UPDATE clutch_process SET seen_at = @past WHERE name = 'vanished'").With("past", TimeProvider.System.GetUtcNow().AddDays(-2)));
        await registry.ForgetAsync(CancellationToken.None);
        await server.LookAsync();

        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
        Assert.Equal([AlertNoticeKind.Fired], (await server.Viewer.DeliveriesAsync(alert.Id)).Select(delivery => delivery.Kind));
    }

    [SkippableFact]
    public async Task Dead_letters_are_told_until_there_are_fewer_whatever_others_skip_after_them()
    {
        await using var server = await StartAsync(new() { Options = options => options.Alerts.Rules.DeadLetters.Above = 1 });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("skipping")).Id);
        await server.LookAsync();
        var other = await server.Operator.LaunchAsync("quick", """{"date":"2026-11-24"}""");
        await server.Viewer.EndAsync(other.Id);
        await ChangeAsync(server, new Statement("""
            WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 20000)
            INSERT INTO clutch_dead_letter (instance_id, step_execution_id, step_name, phase, ordinal, failure_type, failure_message, skipped_at)
            SELECT instance_id, id, step_name, 'Write', i, 'FormatException', 'x', ended_at FROM clutch_step_execution CROSS JOIN numbers WHERE job_execution_id = @execution
            """).With("execution", other.Id));

        await server.LookAsync();
        var crowded = await StateAsync();
        await ChangeAsync(server, new("UPDATE clutch_dead_letter SET status = 'Redriven' WHERE phase = 'Process'"));
        await server.LookAsync();

        Assert.Equal((AlertState.Open, AlertState.Resolved), (crowded, await StateAsync()));

        async Task<AlertState> StateAsync() => Assert.Single(await server.Viewer.AlertsAsync(), alert => alert.Job == "skipping").State;
    }

    [SkippableFact]
    public async Task A_rule_that_is_turned_off_finds_nothing()
    {
        await using var server = await StartAsync(new() { Options = options => options.Alerts.Rules.Failed.IsEnabled = false });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing")).Id);

        await server.LookAsync();

        Assert.Empty(await server.Viewer.AlertsAsync());
    }

    private DateTimeOffset After(TimeSpan span)
    {
        _clock.Advance(span);
        return _clock.GetUtcNow();
    }

    // The worker looks once at the start and not again while a test runs.
    private Task<TestServer> StartAsync(TestServerSettings? settings = null)
    {
        settings ??= new();
        return TestServer.StartAsync(kind, settings with
        {
            Options = options =>
            {
                options.Alerts.Interval = TimeSpan.FromMinutes(10);
                settings.Options?.Invoke(options);
            },
        });
    }

    private static async Task<AlertView?> LookForAlertAsync(TestServer server)
    {
        await server.LookAsync();
        return (await server.Viewer.AlertsAsync()).FirstOrDefault();
    }

    private static async Task<long> RestartAsync(TestServer server, long execution)
    {
        using var response = await server.Operator.PostAsync($"/api/v1/executions/{execution}/restart", """{"reason":"a test"}""");
        var id = (await response.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id;
        await server.Viewer.EndAsync(id);
        return id;
    }

    private static async Task EnqueueAsync(IServiceProvider services)
    {
        await using var session = await services.GetRequiredService<RelationalDatabase>().OpenSessionAsync(CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        OutboxMessage[] messages = [new() { Channel = "shop", Key = "A-1", Version = 1, Type = "UPSERT" }];
        await services.GetRequiredService<IOutbox>().EnqueueAsync(session, messages, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
    }

    private static async Task ChangeAsync(TestServer server, Statement statement) =>
        await server.Services.GetRequiredService<RelationalDatabase>().ChangeAsync(statement, Rows.Affected, CancellationToken.None);

    private static NodeBeat Beat(string name, NodeActivity activity) => new() { Node = name, Activity = activity, Interval = TimeSpan.FromSeconds(1), RunningCount = 2 };

    private static Schedule Schedule(string name, DateTimeOffset next, DateTimeOffset? lastFiredAt) => new()
    {
        Definition = new() { Name = name, JobName = "quick", Trigger = new ScheduleTrigger.Every(TimeSpan.FromHours(1)) },
        Origin = ScheduleOrigin.Code,
        State = ScheduleState.Active,
        InWords = "every hour",
        Next = [new(next, next, Note: null)],
        LastFiredAt = lastFiredAt,
        Revision = 1,
        Changes = [],
    };

    private static ScheduleFiring Firing(string schedule, DateTimeOffset firedAt, FiringResult result) =>
        new() { ScheduleName = schedule, ScheduledAt = firedAt, FiredAt = firedAt, Node = "node", Result = result };

    private sealed class NoSubmitter : ISubmitter
    {
        public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) => ValueTask.FromResult<SubmitResult>(new SubmitResult.Completed([]));
    }
}

public sealed class SqliteAlertRuleTests() : AlertRuleTests(StoreKind.Sqlite);

public sealed class PostgreSqlAlertRuleTests() : AlertRuleTests(StoreKind.PostgreSql);
