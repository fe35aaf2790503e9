using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class ConcurrencyBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableFact]
    public async Task When_one_of_eight_chunks_fails_its_siblings_are_awaited_before_the_step_ends()
    {
        var job = await NumbersAsync(80, chunkSize: 10, concurrency: 8);
        var (calls, isEnded, lateCalls) = (new ConcurrentQueue<int>(), false, 0);
        var allIn = new CountdownEvent(8);
        job.Before = step => step.ProcessChunk<int>(async (batch, cancellationToken) =>
        {
            allIn.Signal();
            await Task.Run(() => allIn.Wait(cancellationToken), cancellationToken);
            for (var i = 0; i < batch.Count; i++)
            {
                calls.Enqueue(batch[i]);
                if (Volatile.Read(ref isEnded))
                    Interlocked.Increment(ref lateCalls);
                if (batch[i] == 1)
                    throw new BadItemException(1);
                await Task.Yield();
                batch.Keep(i, batch[i]);
            }
        });
        job.Listener = new RecordingListener { OnEvent = text => isEnded |= text.StartsWith("after step", StringComparison.Ordinal) };

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r10 w0 c0 b1");
        Assert.Equal(0, lateCalls);
        Assert.NotEmpty(calls);
    }

    [SkippableFact]
    public async Task Processors_that_heed_the_token_are_cancelled_when_a_sibling_fails()
    {
        var job = await NumbersAsync(20, chunkSize: 10, concurrency: 2);
        var isCancelled = false;
        var isSecondIn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        job.Before = step => step.ProcessChunk<int>(async (batch, cancellationToken) =>
        {
            if (batch[0] == 1)
            {
                await isSecondIn.Task;
                throw new BadItemException(1);
            }

            try
            {
                isSecondIn.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                isCancelled = true;
                throw;
            }
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r10 w0 c0 b1");
        Assert.True(isCancelled);
    }

    [SkippableFact]
    public async Task Chunks_are_processed_at_once_and_committed_in_read_order()
    {
        var job = await NumbersAsync(40, chunkSize: 10, concurrency: 4);
        var firstMayGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var others = new CountdownEvent(3);
        job.Before = step => step.ProcessChunk<int>(async (batch, _) =>
        {
            if (batch[0] == 1)
                await firstMayGo.Task;
            else if (others.Signal())
                firstMayGo.SetResult();
            for (var i = 0; i < batch.Count; i++)
                batch.Keep(i, batch[i]);
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r40 w40 c4 b0");
        Assert.Equal([1, 11, 21, 31], job.WriteCalls.Select(call => call[0]));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Listeners_fire_alike_with_any_concurrency(int concurrency)
    {
        var job = await NumbersAsync(9, chunkSize: 3, concurrency);
        var listener = new RecordingListener();
        job.Listener = listener;
        job.Step = step => step.Skip<BadItemException>();
        job.Source.Rejects.Fail(2);
        job.Processing.Fail(5);
        job.Writing.Fail(8).FailForAWhile(6, times: 1);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r8 w6 rs1 ps1 ws1 c3");
        Assert.Equal(
            [
                $"before job {job.Name}", "before step load",
                "skip load Read 2", "skip load Process 5", "skip load Write 8",
                "after step load Completed", $"after job {job.Name} Completed",
            ],
            listener.Events.Where(text => !text.StartsWith("chunk", StringComparison.Ordinal)));
        Assert.Equal(["chunk load r3 w3", "chunk load r6 w5", "chunk load r8 w6"], listener.Events.Where(text => text.StartsWith("chunk", StringComparison.Ordinal)));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Chunks_in_flight_are_bounded_however_slow_the_writer_is(int concurrency)
    {
        var job = await NumbersAsync(200, chunkSize: 2, concurrency);
        var (inFlight, most) = (0, 0);
        job.Before = step => step.ProcessChunk<int>((batch, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref inFlight));
            for (var i = 0; i < batch.Count; i++)
                batch.Keep(i, batch[i]);
            return ValueTask.CompletedTask;
        });
        job.Listener = new RecordingListener { OnEvent = text => _ = text.StartsWith("chunk", StringComparison.Ordinal) && Interlocked.Decrement(ref inFlight) >= 0 };

        await job.RunAsync();

        Assert.InRange(most, 1, concurrency + 2);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_stop_leaves_a_restartable_execution_at_a_chunk_boundary(int concurrency)
    {
        var job = await NumbersAsync(20, chunkSize: 2, concurrency);
        JobLaunch? launch = null;
        var isLaunched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        job.Listener = new StopWhen(isLaunched.Task, () => launch!.Run!.RequestStop());
        await using var stopping = job.NewHost();
        launch = await stopping.LaunchAsync(job.Name);
        isLaunched.SetResult();

        var stopped = await job.CheckedAsync(await stopping.EndOfAsync(launch));
        job.Listener = null;
        var completed = await job.RestartAsync();

        AssertStep(stopped, BatchStatus.Stopped, "r4 w4 c2 b0");
        AssertStep(completed, BatchStatus.Completed, "r16 w16 c8 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_step_that_fails_does_not_wait_for_a_source_that_is_silent(int concurrency)
    {
        var outcome = await RunFailingAsync(TwoThenSilenceAsync(), concurrency);

        AssertStep(outcome.Step("load"), BatchStatus.Failed, "r2 w0 c0 b1");
        Assert.Equal(nameof(BadItemException), outcome.Execution.Failure!.Type);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_source_that_waits_for_its_own_work_when_it_is_left_hears_of_the_end(int concurrency)
    {
        var outcome = await RunFailingAsync(ProducedAsync(), concurrency);

        AssertStep(outcome.Step("load"), BatchStatus.Failed, "r2 w0 c0 b1");
        Assert.Equal(nameof(BadItemException), outcome.Execution.Failure!.Type);
    }

    private async Task<JobOutcome> RunFailingAsync(IAsyncEnumerable<int> source, int concurrency)
    {
        var name = NewName("failing");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job.Step("load", step => step
            .ReadFrom(_ => source)
            .WriteChunk((_, _, _) => throw new BadItemException(1))
            .ChunkSize(2)
            .Concurrency(concurrency))));
        return await host.RunAsync(name).WaitAsync(TimeSpan.FromMinutes(1));
    }

    private static async IAsyncEnumerable<int> TwoThenSilenceAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return 1;
        yield return 2;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private static async IAsyncEnumerable<int> ProducedAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var work = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        try
        {
            for (var number = 1; ; number++)
                yield return number;
        }
        finally
        {
            await work;
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
            // Another task was faster: look again.
        }
    }

    private sealed class StopWhen(Task ready, Action stop) : IBatchListener
    {
        public async ValueTask AfterChunkAsync(StepContext step, StepCounts counts, CancellationToken cancellationToken)
        {
            await ready;
            if (counts.Commits == 2)
                stop();
        }
    }
}
