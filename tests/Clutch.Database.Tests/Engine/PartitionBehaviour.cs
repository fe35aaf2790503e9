using System.Reflection;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class PartitionBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Each_partition_has_its_own_checkpoint_and_the_manager_step_sums_them_up(int concurrency)
    {
        var job = await PartitionedAsync(40, partitions: 4, concurrency);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r40 w40 c8 b0");
        Assert.Equal([10, 20, 30, 40], ByName(outcome).Select(partition => partition.Checkpoint!.Input!.ToPosition()));
        Assert.All(outcome.Partitions("load"), partition => AssertStep(partition, BatchStatus.Completed, "r10 w10 c2 b0"));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_restart_keeps_the_first_cut_and_runs_only_what_is_unfinished(int concurrency)
    {
        var partitions = 2;
        var job = await PartitionedAsync(20, () => partitions, concurrency);
        job.Processing.Fail(18);

        var failed = await job.RunAsync();
        job.Processing.Mend();
        partitions = 3;
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "w15 c3 b1");
        Assert.Equal([("p1", BatchStatus.Completed), ("p2", BatchStatus.Failed)], ByName(failed).Select(p => (p.Partition!, p.Status)));
        var again = Assert.Single(completed.Partitions("load"));
        Assert.Equal(("p2", 2), (again.Partition, again.StartCount));
        AssertStep(again, BatchStatus.Completed, "r5 w5 c1 b0");
        AssertStep(completed, BatchStatus.Completed, "r20 w20 c4 b1");
        Assert.Equal("Partition 'p2' failed: Item 18 is bad.", failed.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_stopped_step_shows_what_its_partitions_did_and_goes_on_from_there(int concurrency)
    {
        var job = await PartitionedAsync(40, partitions: 4, concurrency);
        JobLaunch? launch = null;
        job.Listener = new RecordingListener
        {
            OnEvent = text =>
            {
                if (text.StartsWith("chunk", StringComparison.Ordinal))
                    launch!.Run!.RequestStop();
            },
        };
        var isLaunched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        job.Before = step => step.Process(async (int number, CancellationToken _) =>
        {
            await isLaunched.Task;
            return number;
        });
        await using var owner = job.NewHost();
        launch = await owner.LaunchAsync(job.Name);
        isLaunched.SetResult();

        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch));
        job.Listener = null;
        var completed = await job.RestartAsync();

        Assert.Equal(BatchStatus.Stopped, stopped.Status);
        Assert.Equal(stopped.Partitions("load").Sum(partition => partition.Counts.Written), stopped.Step("load").Counts.Written);
        Assert.InRange(stopped.Step("load").Counts.Written, 5, 20);
        AssertStep(completed, BatchStatus.Completed, "r40 w40 c8 b0");
        Assert.All(stopped.Partitions("load"), partition => Assert.Contains(partition.Status, new[] { BatchStatus.Stopped, BatchStatus.Completed }));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Partitions_share_one_skip_limit(int concurrency)
    {
        var job = await PartitionedAsync(40, partitions: 4, concurrency, step => step.Skip<BadItemException>(limit: 3));
        job.Processing.FailAll([1, 11, 21, 31]);

        var failed = await job.RunAsync();
        var skippedAtFailure = failed.Step("load").Counts.Skipped;
        job.Processing.Mend();
        var completed = await job.RestartAsync();

        Assert.Equal((BatchStatus.Failed, 3L), (failed.Status, skippedAtFailure));
        AssertStep(completed, BatchStatus.Completed, "r40 w37 ps3 c8");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_step_on_all_nodes_counts_what_was_skipped_before_its_restart_once(int concurrency)
    {
        var job = await PartitionedAsync(20, partitions: 2, concurrency, step => step.Skip<BadItemException>(limit: 5).OnAllNodes());
        job.Processing.FailAll([1, 2, 11]).Fail(20, fault: () => new InvalidOperationException("Not today."));

        var failed = await job.RunAsync();
        job.Processing.Mend();
        job.Processing.FailAll([19, 20]);
        var completed = await job.RestartAsync();

        Assert.Equal((BatchStatus.Failed, 3L), (failed.Status, failed.Step("load").Counts.Skipped));
        AssertStep(completed, BatchStatus.Completed, "r20 w15 ps5 c4");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_share_of_bad_records_is_that_of_all_partitions_together(int concurrency)
    {
        var job = await PartitionedAsync(40, partitions: 4, concurrency, step => step.Skip<BadItemException>().SkipShare(0.05));
        job.Processing.FailAll([1, 2]);

        var completed = await job.RunAsync();

        AssertStep(completed, BatchStatus.Completed, "r40 w38 ps2 c8 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_larger_share_of_bad_records_than_allowed_fails_the_step_when_all_partitions_have_ended(int concurrency)
    {
        var job = await PartitionedAsync(40, partitions: 4, concurrency, step => step.Skip<BadItemException>().SkipShare(0.05));
        job.Processing.FailAll([1, 11, 21]);

        var failed = await job.RunAsync();

        AssertStep(failed, BatchStatus.Failed, "r40 w37 ps3 c8 b0");
        Assert.Contains("skipped 3 of 40 records", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        Assert.All(failed.Partitions("load"), partition => Assert.Equal(BatchStatus.Completed, partition.Status));
    }

    [SkippableFact]
    public async Task A_partition_that_is_being_run_is_not_handed_out_again()
    {
        var job = await PartitionedAsync(10, partitions: 1, concurrency: 1);
        StepExecution? second = null;
        job.Before = step => step.ProcessWith(context => new ClaimingProcessor(async () => second = await Repository.ClaimPartitionAsync(
            new(context.JobExecutionId, "load", "another-node", TimeSpan.FromMinutes(1)), CancellationToken.None)));

        var outcome = await job.RunAsync();

        Assert.Null(second);
        AssertStep(outcome, BatchStatus.Completed, "r10 w10 c2 b0");
    }

    [SkippableFact]
    public async Task A_thousand_partitions_are_created_by_one_call_and_each_runs_once()
    {
        var name = NewName("wide");
        var table = await Store.CreateTableAsync(name);
        var source = new NumberSource(1_000);
        var calls = CallCounter.Around(Repository);
        await using var host = new JobTestHost(new()
        {
            Repository = calls.Repository,
            Configure = clutch => clutch.AddJob(name, job => job.Step("load", step => step
                .Read(_ => source.CreateReader()).Write(_ => table.CreateWriter()).Partition(_ => new Partitioner(() => source.Cut(1_000)), concurrency: 2))),
        });

        var outcome = await host.RunAsync(name);

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r1000 w1000 c1000 b0");
        Assert.Equal(1, calls.CountOf(nameof(IJobRepository.CreatePartitionsAsync)));
        Assert.Equal(Enumerable.Range(1, 1_000), await table.ReadAsync());
        Assert.All(outcome.Partitions("load"), partition => Assert.Equal(1, partition.StartCount));
    }

    [SkippableTheory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task A_partition_whose_claim_was_never_answered_is_run_once_its_lease_is_over(int concurrency, int lostClaims)
    {
        var (name, source) = (NewName("unheard"), new NumberSource(40));
        var table = await Store.CreateTableAsync(name);
        var claims = LostClaims.Around(Store, lostClaims);
        await using var host = Renewing(claims.Repository, name, source, table, concurrency);
        var launch = await host.LaunchAsync(name);

        await claims.AssertHandedOutAgainAsync();
        var outcome = await host.EndOfAsync(launch);

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r40 w40 c8 b0");
        Assert.Equal(Enumerable.Range(1, 40), await table.ReadAsync());
    }

    [SkippableFact]
    public async Task A_helper_does_not_keep_alive_what_it_never_heard_that_it_claimed()
    {
        var (name, source) = (NewName("unheard"), new NumberSource(40));
        var table = await Store.CreateTableAsync(name);
        var execution = await ManagedElsewhereAsync(name, source.Cut(4));
        var claims = LostClaims.Around(Store, 1);
        await using var helper = Renewing(claims.Repository, name, source, table, concurrency: 1);

        var helping = helper.Launcher.WorkOnPartitionsAsync(execution.Id, "load");
        await claims.AssertHandedOutAgainAsync();

        Assert.Equal(4, await helping);
        Assert.Equal(Enumerable.Range(1, 40), await table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(false, 11, 21, 31, 1)]
    [InlineData(true, 1, 11, 21, 31)]
    public async Task A_restart_runs_last_what_another_node_ran_before_unless_that_has_lost_the_execution(bool isLost, params int[] firsts)
    {
        var order = await RestartedOrderAsync(isLost, runBy: "manager", step => step);

        Assert.Equal(firsts.SelectMany(first => Enumerable.Range(first, 10)), order);
    }

    [SkippableTheory]
    [InlineData(false, 11, 21, 31, 1)]
    [InlineData(true, 1, 11, 21, 31)]
    public async Task What_a_helper_was_at_when_its_manager_died_goes_first_where_others_may_help(bool isSpread, params int[] firsts)
    {
        var order = await RestartedOrderAsync(isLost: true, runBy: "helper", step => isSpread ? step.OnAllNodes() : step);

        Assert.Equal(firsts.SelectMany(first => Enumerable.Range(first, 10)), order);
    }

    [SkippableFact]
    public async Task A_task_that_waits_hears_of_an_end_that_another_has_seen_already()
    {
        var (name, source) = (NewName("late"), new NumberSource(40));
        var table = await Store.CreateTableAsync(name);
        // Its clock stands still: nobody looks again just because time has passed.
        await using var host = new JobTestHost(new()
        {
            Repository = LateClaims.Around(Store.Repository).Repository,
            ConfigureServices = Store.AddServices,
            TimeProvider = new ManualClock(),
            Configure = clutch => clutch.AddJob(name, job => job.Step("load", step => step
                .Read(_ => source.CreateReader())
                .Write(_ => table.CreateWriter())
                .Partition(_ => new Partitioner(() => source.Cut(2)), concurrency: 2))),
        });

        var outcome = await host.RunAsync(name).WaitAsync(TimeSpan.FromMinutes(1));

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r40 w40 c2 b0");
    }

    [SkippableFact]
    public async Task A_source_without_partitions_completes()
    {
        var job = await PartitionedAsync(0, partitions: 0, concurrency: 1);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r0 w0 c0 b0");
    }

    [SkippableFact]
    public async Task Two_partitions_of_one_name_fail_the_step()
    {
        var name = NewName("job");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job.Step("load", step => step
            .ReadFrom([1]).WriteChunk((_, _, _) => ValueTask.CompletedTask).Partition(_ => new Partitioner(() => [new("a", "1"), new("a", "2")])))));

        var outcome = await host.RunAsync(name);

        Assert.Contains("two partitions named 'a'", outcome.Execution.Failure!.Message, StringComparison.Ordinal);
    }

    /// <summary>An execution with these partitions, of a process that does nothing itself.</summary>
    private async Task<JobExecution> ManagedElsewhereAsync(string name, IReadOnlyList<PartitionSpec> partitions)
    {
        var launch = await Repository.LaunchAsync(new() { JobName = name, Parameters = new([]), Node = "manager", LeaseDuration = TimeSpan.FromHours(1) }, CancellationToken.None);
        var execution = Assert.IsType<LaunchDecision.Launched>(launch).Execution;
        var plan = new PartitionPlan
        {
            Lease = new(execution.Id, execution.Fence, execution.Node),
            InstanceId = execution.InstanceId,
            StepName = "load",
            Partitions = [.. partitions.Select(partition => new PlannedPartition { Name = partition.Name, Data = partition.Data })],
        };
        Assert.True(await Repository.CreatePartitionsAsync(plan, CancellationToken.None));
        return execution;
    }

    /// <summary>The items in the order in which the restart of an execution of four partitions processes them.</summary>
    private async Task<IReadOnlyList<int>> RestartedOrderAsync(bool isLost, string runBy, Func<ChunkStepBuilder<int, int>, ChunkStepBuilder<int, int>> more)
    {
        var (name, source) = (NewName("warm"), new NumberSource(40));
        var table = await Store.CreateTableAsync(name);
        var failed = await FailedElsewhereAsync(name, source.Cut(4), isLost, runBy);
        var processed = new List<int>();
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job.Step("load", step => more(step
            .Read(_ => source.CreateReader())
            .Process(number =>
            {
                processed.Add(number);
                return number;
            })
            .Write(_ => table.CreateWriter())
            .Partition(_ => new Partitioner(() => source.Cut(4)), concurrency: 1)))));

        var outcome = await host.RestartAsync(failed.Id);

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r40 w40 c4 b0");
        return processed;
    }

    /// <summary>An execution with these partitions, of which a node has run the first; it failed, or was lost with its manager.</summary>
    private async Task<JobExecution> FailedElsewhereAsync(string name, IReadOnlyList<PartitionSpec> partitions, bool isLost, string runBy)
    {
        var execution = await ManagedElsewhereAsync(name, partitions);
        var (lease, duration) = (new JobLease(execution.Id, execution.Fence, execution.Node), TimeSpan.FromHours(1));
        await Repository.StartStepAsync(new() { Lease = lease, InstanceId = execution.InstanceId, StepName = "load", StartCount = 1, LeaseDuration = duration }, CancellationToken.None);
        await Repository.ClaimPartitionAsync(new(execution.Id, "load", runBy, duration), CancellationToken.None);
        if (isLost)
            await Repository.RecoverAsync([execution.Node], [], CancellationToken.None);
        else
            await Repository.EndJobAsync(new() { Lease = lease, Status = BatchStatus.Failed, ExitCode = nameof(BatchStatus.Failed) }, CancellationToken.None);
        return execution;
    }

    /// <summary>A process that renews its leases every two seconds.</summary>
    private JobTestHost Renewing(IJobRepository repository, string name, NumberSource source, INumberTable table, int concurrency) => new(new()
    {
        Repository = repository,
        ConfigureServices = Store.AddServices,
        Configure = clutch => clutch.Configure(options => options.LeaseDuration = TimeSpan.FromSeconds(6)).AddJob(name, job => job.Step("load", step => step
            .Read(_ => source.CreateReader())
            .Write(_ => table.CreateWriter())
            .ChunkSize(5)
            .Partition(_ => new Partitioner(() => source.Cut(4)), concurrency))),
    });

    private static IEnumerable<StepExecution> ByName(JobOutcome outcome) => outcome.Partitions("load").OrderBy(partition => partition.Partition, StringComparer.Ordinal);

    private Task<NumberJob> PartitionedAsync(int count, int partitions, int concurrency, Func<ChunkStepBuilder<int, int>, ChunkStepBuilder<int, int>>? more = null) =>
        PartitionedAsync(count, () => partitions, concurrency, more);

    private async Task<NumberJob> PartitionedAsync(int count, Func<int> partitions, int concurrency, Func<ChunkStepBuilder<int, int>, ChunkStepBuilder<int, int>>? more = null)
    {
        var job = await NumbersAsync(count, chunkSize: 5, concurrency);
        job.Step = step => (more?.Invoke(step) ?? step).Partition(_ => new Partitioner(() => job.Source.Cut(partitions())), concurrency);
        return job;
    }

    private sealed class ClaimingProcessor(Func<Task> claim) : IItemProcessor<int, int>
    {
        public async ValueTask ProcessAsync(ItemBatch<int, int> batch, CancellationToken cancellationToken)
        {
            await claim();
            await new PassProcessor().ProcessAsync(batch, cancellationToken);
        }
    }
}

/// <summary>Cuts as the test says.</summary>
internal sealed class Partitioner(Func<IReadOnlyList<PartitionSpec>> cut) : IPartitioner
{
    public ValueTask<IReadOnlyList<PartitionSpec>> PartitionAsync(StepContext step, CancellationToken cancellationToken) => new(cut());
}

/// <summary>Counts the calls that a repository receives.</summary>
public class CallCounter : DispatchProxy
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private IJobRepository? _inner;

    public IJobRepository Repository => (IJobRepository)(object)this;

    public static CallCounter Around(IJobRepository inner)
    {
        var counter = (CallCounter)(object)Create<IJobRepository, CallCounter>();
        counter._inner = inner;
        return counter;
    }

    public int CountOf(string method) => _calls.GetValueOrDefault(method);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _calls.AddOrUpdate(targetMethod!.Name, 1, (_, count) => count + 1);
        return targetMethod.Invoke(_inner, args);
    }
}
