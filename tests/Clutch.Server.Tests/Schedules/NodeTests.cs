using System.ComponentModel.DataAnnotations;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Scheduling;
using Clutch.Scheduling.Firings;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Quartz;
using JobBuilder = Clutch.Jobs.JobBuilder;

namespace Clutch.Server.Tests.Schedules;

/// <summary>What a node lends to the partitions of others, and what it leaves behind.</summary>
public sealed class NodeTests : ScheduleFileTests
{
    [Fact]
    public async Task The_note_of_a_node_that_was_silent_for_a_day_goes_and_that_of_one_that_came_back_stays()
    {
        await using var node = await StartAsync(_ => { });
        var scheduler = await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        var register = new NodeRegister(node.Get<SchedulerAccess>(), node.Get<NodeIdentity>(), node.Get<SchedulerOptions>(), node.Get<Drain>(), clock);
        // As a process that was killed in a container leaves it.
        var own = Assert.Single(await scheduler.GetJobDetails([.. await KeysAsync()], CancellationToken.None));
        await scheduler.AddJob(own.GetJobBuilder().WithIdentity("pod-1/5f0c1a2b-4026531836/1/77", own.Key.Group).Build(), AddJobOptions.Replacing, CancellationToken.None);

        await register.EnterAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromHours(23));
        await register.EnterAsync(CancellationToken.None);
        Assert.Equal(2, (await KeysAsync()).Count);
        clock.Advance(TimeSpan.FromHours(2));
        await register.EnterAsync(CancellationToken.None);

        Assert.Equal(own.Key, Assert.Single(await KeysAsync()));

        async Task<IReadOnlyCollection<JobKey>> KeysAsync() => await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals("clutch-nodes"), CancellationToken.None);
    }

    [Fact]
    public async Task A_repeated_call_for_nodes_of_a_label_does_not_count_the_workers_of_others()
    {
        await using var node = await BuildAsync(services => ScheduleNode.Add(services, TimeSpan.Zero, _ => { }), options =>
        {
            options.PartitionSlots = 2;
            options.ClusterLabels.Add("gpu");
            options.Labels.Add("gpu");
        });
        await node.StartAsync();
        var scheduler = await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
        await scheduler.Standby(CancellationToken.None);
        var call = new PartitionCall { JobName = "work", JobExecutionId = new(1), StepName = "any", PartitionCount = 10 };
        await node.Get<IPartitionCrew>().CallAsync(call, CancellationToken.None);

        await node.Get<IPartitionCrew>().CallAsync(call with { StepName = "labelled", NodeLabel = "gpu", IsRepeated = true }, CancellationToken.None);
        await node.Get<IPartitionCrew>().CallAsync(call with { StepName = "labelled", NodeLabel = "gpu", IsRepeated = true }, CancellationToken.None);
        await node.Get<IPartitionCrew>().CallAsync(call with { IsRepeated = true }, CancellationToken.None);

        var called = await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupStartsWith("clutch-partitions"), CancellationToken.None);
        Assert.Equal([("1/any", 2), ("1/labelled", 2)], called.CountBy(key => string.Join('/', key.Name.Split('/')[..2])).Select(step => (step.Key, step.Value)).Order());
    }

    [Fact]
    public async Task A_node_with_a_label_lends_no_more_workers_than_it_has_slots()
    {
        var (running, end) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var node = await BuildAsync(
            services => ScheduleNode.Add(services, TimeSpan.Zero, clutch => clutch.AddJob("any", job => Spread(job, label: null)).AddJob("labelled", job => Spread(job, "gpu"))),
            options =>
            {
                options.PartitionSlots = 2;
                options.ClusterLabels.Add("gpu");
                options.Labels.Add("gpu");
            });
        await node.StartAsync();
        var scheduler = await node.Get<SchedulerAccess>().GetAsync(CancellationToken.None);

        // A task of the step's own, and two workers.
        var any = await node.Get<JobLauncher>().LaunchAsync("any", new Dictionary<string, string>());
        await Poll.UntilAsync(() => Task.FromResult(Volatile.Read(ref running)), found => found == 3);
        var labelled = await node.Get<JobLauncher>().LaunchAsync("labelled", new Dictionary<string, string>());
        await Poll.UntilAsync(async () => (Running: Volatile.Read(ref running), Called: await CalledAsync()), found => found is { Running: 4, Called: 0 } or { Running: > 4 });

        Assert.Equal(4, Volatile.Read(ref running));
        end.SetResult();
        Assert.Equal([BatchStatus.Completed, BatchStatus.Completed], [(await any.Run!.Completion).Status, (await labelled.Run!.Completion).Status]);

        void Spread(JobBuilder job, string? label) => job.Step("spread", step => step
            .ReadFrom(_ => WaitAsync())
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .Partition(_ => Partitioners.Of(Enumerable.Range(0, 8).Select(number => $"{number}").ToList()), concurrency: 1)
            .OnAllNodes(label));

        async IAsyncEnumerable<int> WaitAsync()
        {
            Interlocked.Increment(ref running);
            await end.Task;
            yield return 1;
        }

        async Task<int> CalledAsync() => (await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals("clutch-partitions/gpu"), CancellationToken.None)).Count;
    }

    [Theory]
    [InlineData(-1, 30)]
    [InlineData(90_000, 30)]
    [InlineData(25, 0)]
    public void Wrong_spans_are_told_at_the_start(int drainSeconds, int historyDays)
    {
        var options = new SchedulerOptions { DrainTimeout = TimeSpan.FromSeconds(drainSeconds), HistoryRetention = TimeSpan.FromDays(historyDays) };

        Assert.Throws<ValidationException>(options.Validate);
    }
}
