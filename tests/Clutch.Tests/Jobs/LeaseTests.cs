using System.Reflection;
using System.Runtime.CompilerServices;
using Clutch.Executions;
using Clutch.Files;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Tests.Jobs;

/// <summary>Leases by a clock that the tests move: renewed at a third, heard of when lost, and ended by others when their owner is silent.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Tick = Lease / 3;

    private readonly ManualClock _clock = new();
    private readonly TaskCompletionSource _isWorking = NewSignal();
    private readonly TaskCompletionSource _mayEnd = NewSignal();
    private readonly InMemoryJobRepository _repository;

    public LeaseTests() => _repository = new(_clock);

    [Fact]
    public async Task An_owner_that_is_silent_for_its_lease_is_ended_by_another_process_and_its_work_taken_up()
    {
        // The dead process's clock stands still: it renews nothing.
        await using var dead = NewHost(new ManualClock(), faults: null);
        await using var alive = NewHost(_clock, faults: null);
        var launch = await dead.LaunchAsync("wait");
        await _isWorking.Task;

        _clock.Advance(Lease);
        var early = await alive.Recovery.RecoverAsync(CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var recovered = await alive.Recovery.RecoverAsync(CancellationToken.None);
        _mayEnd.SetResult();
        var completed = await alive.RestartAsync(launch.Run!.Execution.Id);
        var late = await dead.EndOfAsync(launch);

        Assert.Empty(early);
        var ended = Assert.Single(recovered);
        Assert.Equal((BatchStatus.Failed, $"lease expired on node {ended.Node}"), (ended.Status, ended.Failure!.Message));
        Assert.Equal((BatchStatus.Completed, 2), (completed.Status, completed.Execution.Attempt));
        Assert.Equal(BatchStatus.Failed, late.Status);
    }

    [Fact]
    public async Task A_launch_finds_an_expired_execution_of_its_instance_and_takes_it_up_without_waiting_for_recovery()
    {
        await using var dead = NewHost(new ManualClock(), faults: null);
        await using var alive = NewHost(_clock, faults: null);
        var first = await dead.LaunchAsync("wait");
        await _isWorking.Task;

        _clock.Advance(Lease + TimeSpan.FromSeconds(1));
        // Taken up before the silent owner goes on: as long as nobody has, it may still end its work itself.
        var taken = await alive.LaunchAsync("wait");
        _mayEnd.SetResult();
        var second = await alive.EndOfAsync(taken);
        await dead.EndOfAsync(first);

        Assert.Equal((BatchStatus.Completed, 2), (second.Status, second.Execution.Attempt));
    }

    [Fact]
    public async Task A_busy_owner_renews_its_lease_at_a_third_of_it()
    {
        var renewals = Enumerable.Range(1, 5).Select(_ => NewSignal()).ToList();
        var plan = new FaultPlan();
        for (var i = 0; i < renewals.Count; i++)
            plan.DoAt(FaultPoint.WhileRenewing, i + 1, renewals[i].SetResult);
        await using var host = NewHost(_clock, plan);
        var launch = await host.LaunchAsync("wait");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));

        foreach (var renewal in renewals)
        {
            _clock.Advance(Tick);
            await renewal.Task;
        }

        var recovered = await host.Recovery.RecoverAsync(CancellationToken.None);
        _mayEnd.SetResult();
        var outcome = await host.EndOfAsync(launch);

        // Five thirds of the lease have gone by.
        Assert.Empty(recovered);
        Assert.Equal(BatchStatus.Completed, outcome.Status);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_at_the_next_third()
    {
        var (first, second) = (NewSignal(), NewSignal());
        var plan = new FaultPlan().DoAt(FaultPoint.WhileRenewing, 1, () =>
        {
            first.SetResult();
            throw new TimeoutException("The database is away.");
        }).DoAt(FaultPoint.WhileRenewing, 2, second.SetResult);
        await using var host = NewHost(_clock, plan);
        var launch = await host.LaunchAsync("wait");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));

        _clock.Advance(Tick);
        await first.Task;
        _clock.Advance(Tick);
        await second.Task;
        _mayEnd.SetResult();
        var outcome = await host.EndOfAsync(launch);

        Assert.Equal(BatchStatus.Completed, outcome.Status);
    }

    [Fact]
    public async Task An_owner_that_hears_of_its_lost_lease_gives_up_at_once_and_records_nothing()
    {
        await using var host = NewHost(_clock, faults: null);
        var launch = await host.LaunchAsync("wait");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));
        await _repository.RecoverAsync([launch.Run!.Execution.Node], [], CancellationToken.None);

        _clock.Advance(Tick);
        var outcome = await host.EndOfAsync(launch);

        Assert.Equal((BatchStatus.Failed, "LeaseExpired"), (outcome.Status, outcome.Execution.Failure!.Type));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_lease_ends_a_step_whose_source_is_silent(bool isResumed)
    {
        var isBreaking = isResumed;
        await using var host = HostOf(clutch => clutch.AddJob("listen", job => job.Step("load", step => step
            .ReadFrom(_ => ListenAsync())
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .ChunkSize(1))));
        if (isResumed)
            await host.RunAsync("listen");
        var launch = await host.LaunchAsync("listen");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));
        await _repository.RecoverAsync([launch.Run!.Execution.Node], [], CancellationToken.None);

        _clock.Advance(Tick);
        var outcome = await host.EndOfAsync(launch).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((BatchStatus.Failed, "LeaseExpired"), (outcome.Status, outcome.Execution.Failure!.Type));

        async IAsyncEnumerable<int> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            if (isBreaking)
            {
                isBreaking = false;
                yield return 1;
                throw new InvalidOperationException("The source is gone.");
            }

            _isWorking.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    [Fact]
    public async Task A_source_that_ends_without_a_word_when_the_lease_is_lost_has_no_file_published()
    {
        var folder = Directory.CreateTempSubdirectory("clutch-lease-").FullName;
        var target = Path.Combine(folder, "numbers.csv");
        var reader = new SilentReader(_isWorking, waitFor: _mayEnd.Task);
        var listener = new RecordingListener { OnEvent = text => _ = text.StartsWith("chunk", StringComparison.Ordinal) && _mayEnd.TrySetResult() };
        await using var host = HostOf(clutch => clutch.AddJob("listen", job => job
            .Step("load", step => step
                .Read(_ => reader)
                .Write(_ => DelimitedFile.Writer<int>(target, columns => columns.Add("n", number => number)))
                .ChunkSize(2))
            .Listener(_ => listener)));
        var launch = await host.LaunchAsync("listen");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));
        await _repository.RecoverAsync([launch.Run!.Execution.Node], [], CancellationToken.None);

        _clock.Advance(Tick);
        var outcome = await host.EndOfAsync(launch).WaitAsync(TimeSpan.FromMinutes(1));
        var isPublished = File.Exists(target);
        Directory.Delete(folder, recursive: true);

        Assert.Equal((BatchStatus.Failed, "LeaseExpired"), (outcome.Status, outcome.Execution.Failure!.Type));
        Assert.False(isPublished);
    }

    [Fact]
    public async Task A_lost_lease_that_a_listener_hears_of_as_a_cancellation_is_no_failure_of_the_job()
    {
        await using var host = NewHost(_clock, faults: null, new WaitingListener(_isWorking));
        var launch = await host.LaunchAsync("wait");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));
        await _repository.RecoverAsync([launch.Run!.Execution.Node], [], CancellationToken.None);

        _clock.Advance(Tick);
        var outcome = await host.EndOfAsync(launch);

        Assert.Equal("LeaseExpired", outcome.Answered.Failure!.Type);
        Assert.NotEqual(launch.Run.Execution.Fence, outcome.Answered.Fence);
    }

    [Fact]
    public async Task A_partition_that_was_handed_back_keeps_no_job_alive()
    {
        var launch = await _repository.LaunchAsync(new() { JobName = "parts", Parameters = JobParameters.Empty, Node = "gone", LeaseDuration = Lease }, CancellationToken.None);
        var execution = ((LaunchDecision.Launched)launch).Execution;
        var plan = new PartitionPlan { Lease = new(execution.Id, execution.Fence, "gone"), InstanceId = execution.InstanceId, StepName = "load", Partitions = [new() { Name = "p1", Data = "1" }] };
        await _repository.CreatePartitionsAsync(plan, CancellationToken.None);
        var partition = (await _repository.ClaimPartitionAsync(new(execution.Id, "load", "gone", TimeSpan.FromHours(1)), CancellationToken.None))!;
        await _repository.ReleasePartitionAsync(partition.Id, partition.Fence, CancellationToken.None);

        _clock.Advance(Lease + Tick);

        Assert.Equal(execution.Id, Assert.Single(await _repository.RecoverAsync([], [], CancellationToken.None)).Id);
    }

    [Fact]
    public async Task A_stop_asked_for_elsewhere_is_heard_with_the_next_renewal()
    {
        await using var host = NewHost(_clock, faults: null);
        var launch = await host.LaunchAsync("wait");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(1));
        await _repository.RequestStopAsync(launch.Run!.Execution.Id, CancellationToken.None);

        _clock.Advance(Tick);
        var outcome = await host.EndOfAsync(launch);

        Assert.Equal(BatchStatus.Stopped, outcome.Status);
    }

    [Fact]
    public async Task A_partition_whose_lease_ran_out_is_taken_over_and_its_first_owner_goes_home()
    {
        var rows = new MemoryTable<int>(number => number);
        var source = new NumberSource(4);
        var isFirst = true;
        await using var host = new JobTestHost(new()
        {
            Repository = _repository,
            // The owner's clock stands still: nothing renews the partition's lease.
            TimeProvider = new ManualClock(),
            Configure = clutch => clutch.AddJob("parts", job => job.Step("load", step => step
                .Read(_ => source.CreateReader())
                .Process(async (int number, CancellationToken _) =>
                {
                    if (number == 3 && isFirst)
                    {
                        isFirst = false;
                        _isWorking.SetResult();
                        await _mayEnd.Task;
                    }

                    return number;
                })
                .Write(_ => rows.CreateWriter())
                .ChunkSize(1)
                .Partition(_ => new OnePart(source), concurrency: 1))),
        });
        var launch = await host.LaunchAsync("parts");
        await _isWorking.Task;

        _clock.Advance(Lease + TimeSpan.FromSeconds(1));
        var claim = new PartitionClaim(launch.Run!.Execution.Id, "load", "another-node", TimeSpan.FromMinutes(1));
        var second = await _repository.ClaimPartitionAsync(claim, CancellationToken.None);
        var third = await _repository.ClaimPartitionAsync(claim, CancellationToken.None);
        _mayEnd.SetResult();
        // The other node never ends it, and the manager would keep watch until it does.
        launch.Run.RequestStop();
        await launch.Run.Completion;

        Assert.Equal("p1", second!.Partition);
        Assert.Null(third);
        // What the first owner had committed before stays, and nothing after it came in.
        Assert.True(rows.Rows.Count <= 2, $"{rows.Rows.Count} rows");
        Assert.Equal(rows.Rows.Count, second.Counts.Written);
    }

    [Fact]
    public async Task A_partition_that_was_taken_over_has_ended_when_the_execution_has_although_the_lease_is_lost()
    {
        var source = new NumberSource(2);
        var claims = StuckClaims.Around(_repository);
        var isTakenOver = NewSignal();
        await using var host = HostOf(
            clutch => clutch.AddJob("parts", job => job.Step("load", step => step
                .Read(_ => source.CreateReader())
                .Process(async (int number, CancellationToken cancellationToken) =>
                {
                    (number == 1 ? _isWorking : isTakenOver).SetResult();
                    await _mayEnd.Task.WaitAsync(number == 1 ? cancellationToken : CancellationToken.None);
                    return number;
                })
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .Partition(_ => Partitioners.Of(source.Cut(2)), concurrency: 1))),
            claims.Repository);
        var launch = await host.LaunchAsync("parts");
        await Task.WhenAll(_isWorking.Task, _clock.WaitForTimersAsync(2));
        var run = launch.Run!;
        await _repository.ClaimPartitionAsync(new(run.Execution.Id, "load", "dead", TimeSpan.FromMilliseconds(1)), CancellationToken.None);
        _clock.Advance(Tick);
        await Task.WhenAll(isTakenOver.Task, claims.Stuck);

        await _repository.RecoverAsync([run.Execution.Node], [], CancellationToken.None);
        _clock.Advance(Tick);
        await Task.WhenAny(run.Completion, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        var isEarly = run.Completion.IsCompleted;
        _mayEnd.SetResult();
        await run.Completion;

        Assert.False(isEarly, "The execution had ended while a partition was still processed.");
    }

    private JobTestHost HostOf(Action<ClutchBuilder> configure, IJobRepository? repository = null) => new(new()
    {
        Repository = repository ?? _repository,
        TimeProvider = _clock,
        Configure = clutch => configure(clutch.Configure(options => options.LeaseDuration = Lease)),
    });

    private JobTestHost NewHost(TimeProvider clock, IFaultInjector? faults, IBatchListener? listener = null) => new(new()
    {
        Repository = _repository,
        TimeProvider = clock,
        Faults = faults,
        ConfigureServices = services =>
        {
            if (listener is not null)
                services.AddSingleton(listener);
        },
        Configure = clutch => clutch
            .Configure(options => options.LeaseDuration = Lease)
            .AddJob("wait", job => job.Step("work", async (_, cancellationToken) =>
            {
                _isWorking.TrySetResult();
                await _mayEnd.Task.WaitAsync(cancellationToken);
            })),
    });

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits before the step for what never comes.</summary>
    private sealed class WaitingListener(TaskCompletionSource isWaiting) : IBatchListener
    {
        public async ValueTask BeforeStepAsync(StepContext step, CancellationToken cancellationToken)
        {
            isWaiting.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>A repository that answers who looks for expired partitions once; the next look lasts until it is cancelled.</summary>
    public class StuckClaims : DispatchProxy
    {
        private readonly TaskCompletionSource _stuck = NewSignal();
        private IJobRepository? _inner;
        private int _lookCount;

        public IJobRepository Repository => (IJobRepository)(object)this;

        /// <summary>Done when a look has got stuck.</summary>
        public Task Stuck => _stuck.Task;

        public static StuckClaims Around(IJobRepository inner)
        {
            var proxy = (StuckClaims)(object)Create<IJobRepository, StuckClaims>();
            proxy._inner = inner;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name is nameof(IJobRepository.ClaimPartitionAsync) && args is [PartitionClaim { Choice: PartitionChoice.Expired }, CancellationToken token] && ++_lookCount > 1
                ? StickAsync(token)
                : targetMethod.Invoke(_inner, args);

        private async ValueTask<StepExecution?> StickAsync(CancellationToken cancellationToken)
        {
            _stuck.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return null;
        }
    }

    /// <summary>Reads two numbers; once they are committed it waits for the end of the step, and then adds nothing.</summary>
    private sealed class SilentReader(TaskCompletionSource isWaiting, Task waitFor) : IItemReader<int>
    {
        private bool _isRead;

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask ReadAsync(ReadBatch<int> batch, CancellationToken cancellationToken)
        {
            if (_isRead)
            {
                await waitFor;
                var isOver = new TaskCompletionSource();
                await using var registration = cancellationToken.UnsafeRegister(_ => isOver.SetResult(), null);
                isWaiting.SetResult();
                await isOver.Task;
                return;
            }

            _isRead = true;
            batch.Add(1);
            batch.Add(2);
            batch.Checkpoint = Checkpoint.At(2);
        }
    }

    private sealed class OnePart(NumberSource source) : IPartitioner
    {
        public ValueTask<IReadOnlyList<PartitionSpec>> PartitionAsync(StepContext step, CancellationToken cancellationToken) => new(source.Cut(1));
    }
}
