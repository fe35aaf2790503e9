using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Testing;

namespace Clutch.Tests.Jobs;

/// <summary>Items that a writer marks for another try, by a clock that the test moves: whether they wait within the transaction or outside of it, they are tried as often as the step says.</summary>
public sealed class MarkedItemTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(1, "3 1 1", 0)]
    [InlineData(60, "3 3 3", 2)]
    public async Task A_marked_item_uses_up_its_attempts_and_is_skipped(int delaySeconds, string calls, long rollbackCount)
    {
        var outcome = await RunAsync(new ItemFaults<int>().FailForAWhile(2, times: int.MaxValue), delaySeconds, calls);

        Assert.Equal((2, 1, rollbackCount), (outcome.Counts.Written, outcome.Counts.WriteSkipped, outcome.Counts.Rollbacks));
    }

    [Theory]
    [InlineData(1, "3 1 1", 0)]
    [InlineData(60, "3 3 3", 2)]
    public async Task A_marked_item_that_comes_through_with_its_last_attempt_is_written(int delaySeconds, string calls, long rollbackCount)
    {
        var outcome = await RunAsync(new ItemFaults<int>().FailForAWhile(2, times: 2), delaySeconds, calls);

        Assert.Equal((3, 0, rollbackCount), (outcome.Counts.Written, outcome.Counts.WriteSkipped, outcome.Counts.Rollbacks));
    }

    private async Task<StepExecution> RunAsync(ItemFaults<int> faults, int delaySeconds, string expectedCalls)
    {
        var rows = new MemoryTable<int>(number => number);
        var calls = new ConcurrentQueue<IReadOnlyList<int>>();
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(_clock),
            TimeProvider = _clock,
            Configure = clutch => clutch.AddJob("mark", job => job.Step("load", step => step
                .ReadFrom([1, 2, 3])
                .Write(_ => new FaultyWriter<int>(rows.CreateWriter(), faults, WriteFaultStyle.Mark, calls))
                .Skip<PassingFaultException>()
                .Retry(new RetryOptions { Attempts = 3, Delay = TimeSpan.FromSeconds(delaySeconds), MaxDelay = TimeSpan.FromHours(1) }))),
        });
        var launch = await host.LaunchAsync("mark");
        while (!launch.Run!.Completion.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var outcome = await host.EndOfAsync(launch);

        Assert.Equal(expectedCalls, string.Join(' ', calls.Select(call => call.Count)));
        Assert.Equal(BatchStatus.Completed, outcome.Status);
        return outcome.Step("load");
    }
}
