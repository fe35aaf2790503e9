using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Restarts;

/// <summary>When a failed job is restarted by itself, and when not.</summary>
public sealed class RestartPolicyTests : IAsyncDisposable
{
    private static readonly RestartPolicy Policy = new() { Attempts = 3, Delay = TimeSpan.FromSeconds(10), Jitter = 0 };
    private const int ItemCount = 12;
    private readonly ManualClock _clock = new();
    private readonly InMemoryJobRepository _repository;
    private readonly Queue<Func<int>> _behaviours = new();
    private readonly SemaphoreSlim _isWaiting = new(initialCount: 0);
    private readonly TaskCompletionSource _mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServiceProvider? _services;

    public RestartPolicyTests() => _repository = new(_clock);

    private JobLauncher Launcher => _services!.GetRequiredService<JobLauncher>();

    private AutoRestart Restarts => _services!.GetRequiredService<AutoRestart>();

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        _isWaiting.Dispose();
    }

    [Fact]
    public async Task A_failed_job_is_restarted_after_the_delay_and_not_before()
    {
        Behave(Fail("one"), Succeed);
        await LaunchAsync(Policy);

        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Empty(await RestartAsync());
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        var restarted = Assert.Single(await RestartAsync());

        Assert.Equal((BatchStatus.Completed, 2), (restarted.Status, restarted.Attempt));
    }

    [Fact]
    public async Task A_failure_behind_a_page_of_later_ones_is_restarted_too()
    {
        Build(job => job
            .Parameter<int>("day")
            .RestartAutomatically(Policy with { Except = failure => failure.Message == "Beyond help" })
            .Step("work", (step, _) => throw new InvalidOperationException(step.Parameters.Get<int>("day") == 0 ? "Help" : "Beyond help")));
        var launcher = _services!.GetRequiredService<JobLauncher>();
        for (var day = 0; day <= 100; day++)
            await EndOfAsync(await launcher.LaunchAsync("job", new Dictionary<string, string>(StringComparer.Ordinal) { ["day"] = JobParameters.Format(day) }));

        _clock.Advance(TimeSpan.FromSeconds(11));
        var restarted = Assert.Single(await RestartAsync());

        Assert.Equal((0, 2), (restarted.Parameters.Get<int>("day"), restarted.Attempt));
    }

    [Fact]
    public async Task The_delay_doubles_up_to_its_maximum()
    {
        var execution = await LaunchAsync(Policy with { Attempts = 5, MaxDelay = TimeSpan.FromSeconds(25) }, Fail("one"), Fail("two"), Fail("three"));

        Assert.Equal(TimeSpan.FromSeconds(10), await DelayAsync(execution));
        execution = await RunNextAsync();
        Assert.Equal(TimeSpan.FromSeconds(20), await DelayAsync(execution));
        execution = await RunNextAsync();
        Assert.Equal(TimeSpan.FromSeconds(25), await DelayAsync(execution));
    }

    [Fact]
    public async Task Restarts_end_when_the_attempts_are_used_up()
    {
        var execution = await LaunchAsync(Policy with { Attempts = 2 }, Fail("one"), Fail("two"), Fail("three"));
        execution = await RunNextAsync();
        execution = await RunNextAsync();

        var verdict = Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(execution, CancellationToken.None));

        Assert.Contains("2 restarts did not help", verdict.Reason, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await RestartAsync());
    }

    [Fact]
    public async Task Two_attempts_that_end_at_the_same_place_with_the_same_error_are_enough()
    {
        await LaunchAsync(Policy, Fail("poison"), Fail("poison"));
        var execution = await RunNextAsync();

        var verdict = Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(execution, CancellationToken.None));

        Assert.Contains("same place with the same error: poison", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_that_names_another_request_each_time_is_the_same_error()
    {
        await LaunchAsync(Policy, Fail("Request 5f0c-81 of 'A' failed at 10:00:07"), Fail("Request c3d9-02 of 'B' failed at 11:00:19"));
        var execution = await RunNextAsync();

        var verdict = Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(execution, CancellationToken.None));

        Assert.Contains("same error: Request c3d9-02", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_gets_a_little_further_each_time_comes_back_so_often_an_hour_and_no_more()
    {
        var execution = await LaunchAsync(Policy with { MaxRestartsPerHour = 3 }, Fail("1", after: 2), Fail("2", after: 4), Fail("3", after: 6), Fail("4", after: 8));
        for (var restart = 0; restart < 3; restart++)
            execution = await RunNextAsync(after: TimeSpan.FromMinutes(1));

        var verdict = Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(execution, CancellationToken.None));

        Assert.Contains("restarted 3 times within an hour", verdict.Reason, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await RestartAsync());
    }

    [Theory]
    [InlineData(3, 3, 31)]
    [InlineData(null, 3, 1)]
    [InlineData(1, 4, 1)]
    public async Task Restarts_of_more_than_an_hour_ago_or_without_a_limit_or_below_the_attempts_go_on(int? maxRestartsPerHour, int attempts, int minutes)
    {
        await LaunchAsync(Policy with { MaxRestartsPerHour = maxRestartsPerHour, Attempts = attempts }, Fail("1", after: 2), Fail("2", after: 4), Fail("3", after: 6), Fail("4", after: 8), Succeed);
        for (var restart = 0; restart < 3; restart++)
            await RunNextAsync(TimeSpan.FromMinutes(minutes));

        var last = await RunNextAsync(TimeSpan.FromMinutes(minutes));

        Assert.Equal((BatchStatus.Completed, 5), (last.Status, last.Attempt));
    }

    [Fact]
    public async Task Restarts_after_the_deaths_of_nodes_count_in_the_hour()
    {
        Behave(Fail("one", after: 2));
        Build(Policy with { Attempts = 1, MaxRestartsPerHour = 2 });
        await DieAsync("node-1");
        await DieAsync("node-2");

        var failed = Assert.Single(await RestartAsync());

        Assert.Equal((BatchStatus.Failed, 3), (failed.Status, failed.Attempt));
        Assert.Contains("2 times within an hour", Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(failed, CancellationToken.None)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_processes_handed_back_does_not_count_in_the_hour()
    {
        Behave(Fail("one"), Succeed, Succeed, Succeed, Fail("two"));
        BuildGated(Policy with { Attempts = 2, MaxRestartsPerHour = 2 });
        await EndOfAsync(await FireAsync());
        _clock.Advance(TimeSpan.FromSeconds(11));
        for (var deployment = 0; deployment < 3; deployment++)
            await LeaveAsync(Assert.Single(await Restarts.RestartDueAsync(CancellationToken.None)));

        var failed = Assert.Single(await RestartAsync());

        Assert.Equal((BatchStatus.Failed, 5), (failed.Status, failed.Attempt));
        Assert.IsType<RestartVerdict.RestartAt>(await Restarts.DecideAsync(failed, CancellationToken.None));
    }

    [Fact]
    public async Task Progress_gives_all_attempts_back()
    {
        await LaunchAsync(Policy with { Attempts = 1 }, Fail("1", after: 2), Fail("1", after: 4), Fail("1", after: 6), Succeed);

        await RunNextAsync();
        await RunNextAsync();
        var last = await RunNextAsync();

        Assert.Equal((BatchStatus.Completed, 4), (last.Status, last.Attempt));
    }

    [Fact]
    public async Task What_the_other_partitions_did_long_ago_is_no_progress()
    {
        var parts = new NumberSource(8).Cut(2);
        Build(job => job.RestartAutomatically(Policy).Step("work", step => step
            .Read(context => context.PartitionData == parts[1].Data ? throw new InvalidOperationException("broken") : new NumberSource(8).CreateReader())
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .Partition(_ => Partitioners.Of(parts), concurrency: 1)));
        await EndOfAsync(await LaunchAsync());

        var second = await RunNextAsync();

        Assert.Equal((BatchStatus.Failed, 2), (second.Status, second.Attempt));
        Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(second, CancellationToken.None));
    }

    [Fact]
    public async Task A_step_that_runs_in_each_attempt_is_no_progress()
    {
        Build(job => job.RestartAutomatically(Policy)
            .Step("always", step => step.Read(_ => new NumberSource(8).CreateReader()).WriteChunk((_, _, _) => ValueTask.CompletedTask).RunAgainOnRestart())
            .Step("broken", (_, _) => throw new InvalidOperationException("broken")));
        await EndOfAsync(await LaunchAsync());

        var second = await RunNextAsync();

        Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(second, CancellationToken.None));
    }

    [Fact]
    public async Task A_lost_node_costs_no_attempt_and_no_delay()
    {
        Behave(Succeed);
        Build(Policy with { Attempts = 0 });
        await DieAsync("node-1");

        var restarted = Assert.Single(await RestartAsync());

        Assert.Equal((BatchStatus.Completed, 2), (restarted.Status, restarted.Attempt));
    }

    [Fact]
    public async Task A_job_that_kills_three_nodes_is_left_alone()
    {
        Build(Policy);
        await DieAsync("node-1");
        await DieAsync("node-2");
        var execution = await DieAsync("node-3");

        var verdict = Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(execution, CancellationToken.None));

        Assert.Contains("3 nodes in a row died", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_policy_excepts_is_not_restarted()
    {
        var execution = await LaunchAsync(Policy with { Except = failure => failure.Message.Contains("configuration", StringComparison.Ordinal) }, Fail("bad configuration"));

        Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(execution, CancellationToken.None));
    }

    [Fact]
    public async Task A_job_without_a_policy_and_a_stopped_one_are_never_restarted()
    {
        var execution = await LaunchAsync(policy: null, Fail("1"));

        Assert.IsType<RestartVerdict.None>(await Restarts.DecideAsync(execution, CancellationToken.None));
        Assert.IsType<RestartVerdict.None>(await Restarts.DecideAsync(execution with { Status = BatchStatus.Stopped }, CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_schedule_fired_goes_on_when_the_process_of_its_restart_leaves(bool hasPolicy)
    {
        Behave(Fail("one"));
        BuildGated(hasPolicy ? Policy : null);
        var first = await EndOfAsync(await FireAsync());
        _clock.Advance(TimeSpan.FromSeconds(11));
        var restart = hasPolicy ? Assert.Single(await Restarts.RestartDueAsync(CancellationToken.None)) : await Launcher.RestartAsync(first.Id);
        var left = await LeaveAsync(restart);

        _mayEnd.SetResult();
        var last = Assert.Single(await RestartAsync());

        Assert.Equal((BatchStatus.Stopped, "HandedBack"), (left.Status, left.ExitCode));
        Assert.Equal((BatchStatus.Completed, 3), (last.Status, last.Attempt));
        Assert.Empty(await RestartAsync());
    }

    [Fact]
    public async Task What_its_process_left_is_not_restarted_twice()
    {
        Behave(Fail("one"));
        BuildGated(policy: null);
        var first = await EndOfAsync(await FireAsync());
        var left = await LeaveAsync(await Launcher.RestartAsync(first.Id));
        var byHand = await Launcher.RestartAsync(left.Id);

        Assert.Empty(await RestartAsync());
        Assert.IsType<RestartVerdict.None>(await Restarts.DecideAfterLossAsync(left, CancellationToken.None));
        _mayEnd.SetResult();
        Assert.Equal(BatchStatus.Completed, (await EndOfAsync(byHand)).Status);
    }

    [Fact]
    public async Task What_was_launched_by_hand_stays_stopped_when_its_process_leaves()
    {
        BuildGated(Policy);

        var left = await LeaveAsync(await LaunchAsync());

        Assert.Equal((BatchStatus.Stopped, "HandedBack"), (left.Status, left.ExitCode));
        Assert.Empty(await RestartAsync());
    }

    [Fact]
    public async Task What_a_firing_follows_is_left_to_it_when_its_process_leaves()
    {
        BuildGated(Policy);

        var left = await LeaveAsync(await FireAsync());

        Assert.Empty(await RestartAsync());
        Assert.IsType<RestartVerdict.RestartAt>(await Restarts.DecideAfterLossAsync(left, CancellationToken.None));
    }

    [Fact]
    public async Task What_an_operator_stopped_is_not_restarted_although_its_process_leaves()
    {
        BuildGated(Policy);
        var launch = await FireAsync();
        await _repository.RequestStopAsync(launch.Run!.Execution.Id, CancellationToken.None);

        var stopped = await LeaveAsync(launch);

        Assert.Equal((BatchStatus.Stopped, "Stopped"), (stopped.Status, stopped.ExitCode));
        Assert.Empty(await RestartAsync());
        Assert.IsType<RestartVerdict.None>(await Restarts.DecideAfterLossAsync(stopped, CancellationToken.None));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task A_process_that_leaves_neither_costs_an_attempt_nor_gives_one_back(int attempts, bool isRestarted)
    {
        Behave(Fail("one"), Succeed, Fail("two"));
        BuildGated(Policy with { Attempts = attempts });
        await EndOfAsync(await FireAsync());
        _clock.Advance(TimeSpan.FromSeconds(11));
        await LeaveAsync(Assert.Single(await Restarts.RestartDueAsync(CancellationToken.None)));

        var failed = Assert.Single(await RestartAsync());

        Assert.Equal((BatchStatus.Failed, 3), (failed.Status, failed.Attempt));
        if (isRestarted)
            Assert.Equal(TimeSpan.FromSeconds(20), await DelayAsync(failed));
        else
            Assert.IsType<RestartVerdict.GiveUp>(await Restarts.DecideAsync(failed, CancellationToken.None));
    }

    private static int Succeed() => ItemCount;

    /// <summary>Fails when it comes to the item after so many.</summary>
    private static Func<int> Fail(string message, int after = 0) => () => throw new StopHereException(message, after);

    private void Behave(params Func<int>[] behaviours)
    {
        foreach (var behaviour in behaviours)
            _behaviours.Enqueue(behaviour);
    }

    private async Task<JobExecution> LaunchAsync(RestartPolicy? policy, params Func<int>[] behaviours)
    {
        Behave(behaviours);
        Build(policy);
        return await EndOfAsync(await LaunchAsync());
    }

    private Task<JobLaunch> LaunchAsync() => _services!.GetRequiredService<JobLauncher>().LaunchAsync("job", new Dictionary<string, string>());

    /// <summary>As a schedule launches it.</summary>
    private Task<JobLaunch> FireAsync()
    {
        var mark = new JobParameter("nightly", IsIdentifying: true);
        return Launcher.LaunchAsync("job", new JobParameters([new("clutch.schedule", mark), new("clutch.scheduled-at", mark with { Value = "2026-11-22T02:00:00.0000000+00:00" })]));
    }

    private async Task<JobExecution> LeaveAsync(JobLaunch launch)
    {
        await _isWaiting.WaitAsync();
        await Launcher.StopAllAsync();
        return await EndOfAsync(launch);
    }

    /// <summary>A job that does what the behaviours say, and then waits until it may end.</summary>
    private void BuildGated(RestartPolicy? policy) => Build(job =>
    {
        if (policy is not null)
            job.RestartAutomatically(policy);
        job.Step("wait", async (_, cancellationToken) =>
        {
            if (_behaviours.TryDequeue(out var behaviour))
                behaviour();
            _isWaiting.Release();
            await _mayEnd.Task.WaitAsync(cancellationToken);
        });
    });

    private void Build(RestartPolicy? policy) => Build(job =>
    {
        if (policy is not null)
            job.RestartAutomatically(policy);
        job.Step("work", step => step
            .Read(_ => new NumberSource(ItemCount).CreateReader())
            .ProcessWith(_ => new Behaviour(_behaviours))
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .ChunkSize(2)
            .Retry(1));
    });

    private void Build(Action<JobBuilder> define) => _services = new ServiceCollection()
        .AddSingleton<TimeProvider>(_clock)
        .AddSingleton<IJobRepository>(_repository)
        .AddClutch(clutch => clutch.AddJob("job", define))
        .BuildServiceProvider();

    private async Task<TimeSpan> DelayAsync(JobExecution execution) =>
        Assert.IsType<RestartVerdict.RestartAt>(await Restarts.DecideAsync(execution, CancellationToken.None)).Instant - execution.EndedAt!.Value;

    private async Task<JobExecution> RunNextAsync(TimeSpan? after = null)
    {
        _clock.Advance(after ?? TimeSpan.FromHours(1));
        return Assert.Single(await RestartAsync());
    }

    private async Task<IReadOnlyList<JobExecution>> RestartAsync()
    {
        var ended = new List<JobExecution>();
        foreach (var launch in await Restarts.RestartDueAsync(CancellationToken.None))
            ended.Add(await EndOfAsync(launch));
        return ended;
    }

    private async Task<JobExecution> EndOfAsync(JobLaunch launch)
    {
        var ended = await launch.Run!.Completion;
        return (await _repository.FindExecutionAsync(ended.Id, CancellationToken.None))!;
    }

    /// <summary>An execution on a node that dies without a word.</summary>
    private async Task<JobExecution> DieAsync(string node)
    {
        var request = new LaunchRequest { JobName = "job", Parameters = JobParameters.Empty, Node = node, LeaseDuration = TimeSpan.FromSeconds(5) };
        var launched = Assert.IsType<LaunchDecision.Launched>(await _repository.LaunchAsync(request, CancellationToken.None));
        _repository.ExpireLease(launched.Execution.Id);
        await _services!.GetRequiredService<Recovery>().RecoverAsync(CancellationToken.None);
        return (await _repository.FindExecutionAsync(launched.Execution.Id, CancellationToken.None))!;
    }

    private sealed class StopHereException(string message, int after) : Exception(message)
    {
        public int After => after;
    }

    /// <summary>Does what the next behaviour says: to the end, or up to an item at which it fails.</summary>
    private sealed class Behaviour(Queue<Func<int>> behaviours) : Items.IItemProcessor<int, int>
    {
        private StopHereException? _fault;
        private bool _isChosen;

        public ValueTask ProcessAsync(Items.ItemBatch<int, int> batch, CancellationToken cancellationToken)
        {
            Choose();
            for (var i = 0; i < batch.Count; i++)
            {
                if (_fault is not null && batch[i] > _fault.After)
                    throw _fault;
                batch.Keep(i, batch[i]);
            }

            return ValueTask.CompletedTask;
        }

        private void Choose()
        {
            if (_isChosen)
                return;
            _isChosen = true;
            try
            {
                behaviours.Dequeue()();
            }
            catch (StopHereException fault)
            {
                _fault = fault;
            }
        }
    }
}
