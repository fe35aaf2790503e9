using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Tests.Jobs;

/// <summary>Two processes, played by two hosts on one repository, share the partitions of a step.</summary>
public sealed class PartitionHelpTests
{
    private readonly InMemoryJobRepository _repository = new();
    private readonly NumberSource _numbers = new(40);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<int>> _written = [];
    private readonly ConcurrentDictionary<string, ConcurrentQueue<long>> _chunkNumbers = [];
    private readonly TaskCompletionSource _helperAtWork = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task The_manager_waits_for_a_partition_that_runs_elsewhere_and_completes_with_it()
    {
        await using var manager = Host("manager", write: () => _helperAtWork.Task);
        await using var helper = Host("helper", write: HoldAsync);
        var launch = await manager.LaunchAsync("numbers");
        var helping = HelpOnceAsync(helper, launch.Run!.Execution.Id, CancellationToken.None);
        await _helperAtWork.Task;
        await PollAsync(() => _written.GetValueOrDefault("manager")?.Count == 30);

        Assert.False(launch.Run.Completion.IsCompleted);
        _release.SetResult();
        var outcome = await manager.EndOfAsync(launch);

        Assert.Equal(BatchStatus.Completed, outcome.Execution.Status);
        Assert.Equal(Enumerable.Range(1, 40), _written.Values.SelectMany(rows => rows).Order());
        Assert.Equal(1, await helping);
    }

    [Fact]
    public async Task A_helper_that_leaves_hands_its_partition_back_and_the_manager_goes_on_at_its_checkpoint()
    {
        using var leaving = new CancellationTokenSource();
        await using var manager = Host("manager", write: () => _helperAtWork.Task);
        await using var helper = Host("helper", write: HoldAsync);
        var launch = await manager.LaunchAsync("numbers");
        var helping = HelpOnceAsync(helper, launch.Run!.Execution.Id, leaving.Token);
        await _helperAtWork.Task;

        await leaving.CancelAsync();
        _release.SetResult();
        var outcome = await manager.EndOfAsync(launch);

        Assert.Equal(BatchStatus.Completed, outcome.Execution.Status);
        Assert.Equal(Enumerable.Range(1, 40), _written.Values.SelectMany(rows => rows).Order());
        Assert.NotEmpty(_written["helper"]);
        Assert.True(_written["helper"].Count < 10, "The helper finished its partition although it was asked to leave.");
        Assert.All(_chunkNumbers.Values, numbers => Assert.Equal([1, 2, 3, 4, 5], numbers));
        await helping;
    }

    [Fact]
    public async Task A_helper_that_leaves_while_a_write_fails_for_the_moment_hands_its_partition_back()
    {
        using var leaving = new CancellationTokenSource();
        await using var manager = Host("manager", write: () => _helperAtWork.Task);
        await using var helper = Host("helper", write: async () =>
        {
            await leaving.CancelAsync();
            _helperAtWork.TrySetResult();
            throw new TimeoutException("The database is away.");
        });
        var launch = await manager.LaunchAsync("numbers");
        var helping = HelpOnceAsync(helper, launch.Run!.Execution.Id, leaving.Token);

        var outcome = await manager.EndOfAsync(launch);

        Assert.Equal(BatchStatus.Completed, outcome.Execution.Status);
        Assert.Equal(Enumerable.Range(1, 40), _written["manager"].Order());
        await helping;
    }

    [Fact]
    public async Task A_first_call_for_helpers_that_fails_leaves_the_work_to_those_who_are_here()
    {
        var crew = new AbsentCrew();
        await using var host = Host("manager", write: () => Task.CompletedTask, crew);

        var outcome = await host.RunAsync("numbers");

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal(Enumerable.Range(1, 40), _written["manager"].Order());
        Assert.True(crew.CallCount > 0, "Nobody was called.");
    }

    // Until the manager has planned, there is nothing to claim.
    private static async Task<int> HelpOnceAsync(JobTestHost helper, JobExecutionId execution, CancellationToken cancellationToken)
    {
        var count = 0;
        while (count == 0 && !cancellationToken.IsCancellationRequested)
            count = await helper.Launcher.WorkOnPartitionsAsync(execution, "load", cancellationToken);
        return count;
    }

    private static async Task PollAsync(Func<bool> isThere)
    {
        while (!isThere())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
    }

    private Task HoldAsync()
    {
        _helperAtWork.TrySetResult();
        return _release.Task;
    }

    private JobTestHost Host(string name, Func<Task> write, Steps.IPartitionCrew? crew = null) => new(new()
    {
        Repository = _repository,
        ConfigureServices = services =>
        {
            if (crew is not null)
                services.AddSingleton(crew);
        },
        Configure = clutch => clutch.AddJob("numbers", job => job.Step("load", step => step
            .Read(_ => _numbers.CreateReader())
            .WriteChunk(async (batch, chunk, cancellationToken) =>
            {
                await write().WaitAsync(cancellationToken);
                _chunkNumbers.GetOrAdd(chunk.Step.Partition!, _ => []).Enqueue(chunk.Number);
                foreach (var number in batch.Items.ToArray())
                    _written.GetOrAdd(name, _ => []).Enqueue(number);
            })
            .ChunkSize(2)
            .Partition(_ => Steps.Partitioners.Of(_numbers.Cut(4)), concurrency: 1)
            .OnAllNodes())),
    });

    private sealed class AbsentCrew : Steps.IPartitionCrew
    {
        public int CallCount { get; private set; }

        public ValueTask CallAsync(Steps.PartitionCall call, CancellationToken cancellationToken)
        {
            CallCount++;
            throw new TimeoutException("The scheduler's database is away.");
        }
    }
}
