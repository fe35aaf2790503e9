using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Clutch.Server.Tests.Schedules;

/// <summary>What a schedule fired goes on, whenever and however the process that ran it ends.</summary>
public sealed class HandBackTests : ScheduleFileTests
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runCount;

    private static ScheduleDefinition Nightly { get; } = new() { Name = "steady", JobName = "gated", Trigger = new ScheduleTrigger.Cron("0 2 1 1 *") };

    [Fact]
    public async Task A_restart_that_no_firing_follows_goes_on_in_the_next_process()
    {
        await using (var first = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", FailOnce))))
        {
            await FireAsync(first);
            await Poll.UntilAsync(() => Task.FromResult(first.Get<JobLauncher>().Running), running => running.Any(run => run.Execution.Attempt == 2));
        }

        _end.SetResult();
        await using var second = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", FailOnce)));
        await second.StartAsync();
        var executions = await Poll.UntilAsync(() => ListAsync(second), found => found.Any(execution => execution.Status is BatchStatus.Completed));

        Assert.Equal([(3, "Completed"), (2, "HandedBack"), (1, "Failed")], executions.Select(execution => (execution.Attempt, execution.ExitCode!)));
    }

    [Fact]
    public async Task An_execution_that_stopped_goes_on_where_its_process_died_before_it_handed_back()
    {
        await using (var first = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", Wait))))
        {
            await FireAsync(first);
            await Poll.UntilAsync(() => Task.FromResult(first.Get<JobLauncher>().Running), running => running.Count == 1);
            // As the batch server does, before the scheduler stops: which it never comes to here.
            await first.Get<JobLauncher>().StopAllAsync();
            await first.DieAsync();
        }

        _end.SetResult();
        await using var second = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", Wait)));
        await second.StartAsync();
        await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Any(firing => firing.Result is not FiringResult.Running));

        Assert.Equal([BatchStatus.Completed, BatchStatus.Stopped], (await ListAsync(second)).Select(execution => execution.Status));
    }

    [Fact]
    public async Task An_execution_whose_chunk_outlasts_the_drain_goes_on_in_the_next_process()
    {
        void WaitOut(JobBuilder job) => job.Step("wait", (_, _) => _end.Task).Step("after", (_, _) => Task.CompletedTask);
        await using (var first = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", WaitOut)), options => options.DrainTimeout = TimeSpan.FromMilliseconds(200)))
        {
            await FireAsync(first);
            var running = await Poll.UntilAsync(() => Task.FromResult(first.Get<JobLauncher>().Running), found => found.Count == 1);
            var scheduler = await first.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
            var stopping = first.StopAsync();
            await Poll.UntilAsync(() => Task.FromResult(scheduler.Status), status => status is Quartz.SchedulerStatus.Shutdown);
            _end.SetResult();
            await running.Single().Completion;
            await stopping;
        }

        await using var second = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", WaitOut)));
        await second.StartAsync();
        var executions = await Poll.UntilAsync(() => ListAsync(second), found => found.Any(execution => execution.Status is BatchStatus.Completed));

        Assert.Equal([(2, "Completed"), (1, "HandedBack")], executions.Select(execution => (execution.Attempt, execution.ExitCode!)));
    }

    [Fact]
    public async Task A_process_whose_database_is_away_when_it_is_asked_to_end_waits_for_its_firings_and_shuts_down()
    {
        var away = new AwayScheduler();
        await using var node = await BuildAsync(services => services
            .AddSingleton(provider => away.Over(provider.GetRequiredService<Quartz.ISchedulerFactory>()))
            .AddClutch(clutch => clutch.AddJob("gated", Wait)));
        await FireAsync(node);
        await Poll.UntilAsync(() => Task.FromResult(node.Get<JobLauncher>().Running), running => running.Count == 1);
        var scheduler = await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
        away.IsAway = true;

        await node.StopAsync();

        Assert.Equal("HandedBack", Assert.Single(await ListAsync(node)).ExitCode);
        Assert.Equal(Quartz.SchedulerStatus.Shutdown, scheduler.Status);
    }

    [Fact]
    public async Task A_process_that_is_asked_to_end_restarts_nothing()
    {
        await using var node = await BuildAsync(services => services.AddClutch(clutch => clutch.AddJob("gated", FailOnce)));
        await node.StartAsync();

        node.Get<IHostApplicationLifetime>().StopApplication();
        var failed = await (await node.Get<JobLauncher>().LaunchAsync("gated", new Dictionary<string, string>())).Run!.Completion;
        // It would be restarted within a second.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);

        Assert.Equal(failed.Id, Assert.Single(await ListAsync(node)).Id);
    }

    private static async Task FireAsync(Node node)
    {
        await node.StartAsync();
        await node.Schedules.CreateAsync(Nightly, Anna, CancellationToken.None);
        await node.Schedules.RunNowAsync("steady", Anna, CancellationToken.None);
    }

    private static async Task<IReadOnlyList<JobExecution>> ListAsync(Node node) => await node.Get<IJobRepository>().ListExecutionsAsync(new() { JobName = "gated" }, CancellationToken.None);

    private void Wait(JobBuilder job) => job.Step("wait", (_, cancellationToken) => _end.Task.WaitAsync(cancellationToken));

    private void FailOnce(JobBuilder job) => job
        .RestartAutomatically(new() { Delay = TimeSpan.Zero })
        .Step("wait", (_, cancellationToken) => Interlocked.Increment(ref _runCount) == 1 ? throw new InvalidOperationException("Once") : _end.Task.WaitAsync(cancellationToken));
}
