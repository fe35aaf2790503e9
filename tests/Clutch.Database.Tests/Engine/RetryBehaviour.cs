using System.Collections.Concurrent;
using System.Net.Sockets;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class RetryBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_transient_fault_that_outlives_its_attempts_fails_the_step_without_isolation(int concurrency)
    {
        var job = await NumbersAsync(3, chunkSize: 3, concurrency);
        job.Writing.FailForAWhile(2, times: 3);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r3 w0 c0 b3");
        Assert.Equal([[1, 2, 3], [1, 2, 3], [1, 2, 3]], job.WriteCalls);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_transient_fault_that_outlives_its_attempts_costs_one_item_where_it_may_be_skipped(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 4, concurrency);
        job.Step = step => step.Skip<PassingFaultException>();
        job.Writing.FailForAWhile(2, times: int.MaxValue);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r4 w3 ws1 c1 b3");
        Assert.Equal([1, 3, 4], await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_write_is_repeated_in_a_new_transaction_without_processing_again(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 5, concurrency);
        job.Writing.FailForAWhile(3, times: 2);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w5 c1 b2");
        Assert.All(Enumerable.Range(1, 5), number => Assert.Equal(1, job.Processing.AttemptsOf(number)));
        Assert.Equal(2, outcome.Step("load").Counts.Retries);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_processor_is_called_again_for_the_failed_item_alone(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 5, concurrency);
        job.Processing.FailForAWhile(3, times: 2);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w5 c1 b0");
        Assert.Equal([1, 1, 3, 1, 1], Enumerable.Range(1, 5).Select(job.Processing.AttemptsOf));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_processor_that_uses_up_its_attempts_fails_the_step(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 5, concurrency);
        job.Processing.FailForAWhile(3, times: 3);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r5 w0 c0 b1");
        Assert.Equal(3, job.Processing.AttemptsOf(3));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_processor_that_uses_up_its_attempts_costs_the_item_where_it_may_be_skipped(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 5, concurrency);
        job.Step = step => step.Skip<TimeoutException>();
        job.Processing.FailForAWhile(3, times: int.MaxValue);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w4 ps1 c1 b0");
        Assert.Equal([1, 1, 3, 1, 1], Enumerable.Range(1, 5).Select(job.Processing.AttemptsOf));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_bulk_call_is_repeated_with_just_the_items_that_failed_transiently(int concurrency)
    {
        var job = await NumbersAsync(1_000, chunkSize: 1_000, concurrency);
        var calls = new ConcurrentQueue<int>();
        var faults = new ItemFaults<int>();
        foreach (var number in Enumerable.Range(101, 50))
            faults.FailForAWhile(number, times: 1);
        job.Before = step => step.ProcessChunk<int>((batch, _) =>
        {
            calls.Enqueue(batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                if (faults.Try(batch[i]) is { } fault)
                    batch.Fail(i, fault);
                else
                    batch.Keep(i, batch[i]);
            }

            return ValueTask.CompletedTask;
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r1000 w1000 c1 b0");
        Assert.Equal([1_000, 50], calls);
        Assert.Equal(Enumerable.Range(1, 1_000), job.WriteCalls.Single());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_writer_is_called_again_with_just_the_items_it_marked_as_failed_transiently(int concurrency)
    {
        var job = await NumbersAsync(1_000, chunkSize: 1_000, concurrency);
        job.Style = WriteFaultStyle.Mark;
        job.Step = step => step.Skip<BadItemException>();
        foreach (var number in Enumerable.Range(101, 50))
            job.Writing.FailForAWhile(number, times: 2);
        job.Writing.Fail(7);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r1000 w999 ws1 c1 b0");
        Assert.Equal([1_000, 50, 50], job.WriteCalls.Select(call => call.Count));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_writer_that_throws_while_marked_items_are_repeated_gets_a_new_transaction(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 4, concurrency);
        job.Style = WriteFaultStyle.Mark;
        job.Writing.FailForAWhile(2, times: 1);
        var isFirst = true;
        job.Wrap = inner => new HookedWriter(inner, (batch, _) =>
        {
            var isRepeat = batch.Count == 1;
            Throw.If(isRepeat && !isFirst, "The poisoned transaction was used again.");
            if (isRepeat && isFirst)
            {
                isFirst = false;
                throw new PassingFaultException(batch.Items.Span[0]);
            }
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r4 w4 c1 b1");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_reader_that_fails_for_a_moment_is_opened_anew_at_the_last_checkpoint(int concurrency)
    {
        var job = await NumbersAsync(10, chunkSize: 3, concurrency);
        job.Source.Faults.FailForAWhile(5, times: 1).FailForAWhile(8, times: 2);
        job.Source.OpenFaults.FailForAWhile(2, times: 1);
        var numbers = new ConcurrentQueue<long>();
        job.Wrap = inner => new HookedWriter(inner, (_, chunk) => numbers.Enqueue(chunk.Number));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r10 w10 c4");
        Assert.Equal([1, 2, 3, 4], numbers);
        Assert.Equal([null, 3L, 3L, 6L, 6L], job.Source.Opens.Select(checkpoint => checkpoint?.ToPosition()));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_reader_that_stands_still_uses_up_its_attempts(int concurrency)
    {
        var job = await NumbersAsync(10, chunkSize: 3, concurrency);
        job.Source.Faults.FailForAWhile(5, times: int.MaxValue);

        var failed = await job.RunAsync();
        job.Source.Faults.Mend();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w3 c1");
        Assert.Equal(nameof(PassingFaultException), failed.Execution.Failure!.Type);
        Assert.Contains("NumberSource.Reader.ReadAsync", failed.Execution.Failure.Details, StringComparison.Ordinal);
        Assert.Equal(4, job.Source.Opens.Count);
        AssertStep(completed, BatchStatus.Completed, "r7 w7 c3 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_processor_that_throws_for_the_chunk_is_asked_by_halves(int concurrency)
    {
        var job = await NumbersAsync(8, chunkSize: 8, concurrency);
        var calls = new ConcurrentQueue<int>();
        job.Step = step => step.Skip<BadItemException>();
        job.Before = step => step.ProcessChunk<int>((batch, _) =>
        {
            calls.Enqueue(batch.Count);
            if (batch.Items.Contains(6))
                throw new BadItemException(6);
            for (var i = 0; i < batch.Count; i++)
                batch.Keep(i, batch[i]);
            return ValueTask.CompletedTask;
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r8 w7 ps1 c1 b0");
        Assert.Equal([8, 4, 4, 2, 1, 1, 2], calls);
        Assert.Equal([1, 2, 3, 4, 5, 7, 8], job.WriteCalls.Single());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Items_that_a_processor_marks_for_another_try_get_it_where_its_call_then_throws_for_another_item(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 4, concurrency);
        var calls = new ConcurrentQueue<IReadOnlyList<int>>();
        var faults = new ItemFaults<int>().FailForAWhile(1, times: 2).Fail(2);
        job.Step = step => step.Skip<Exception>();
        job.Before = step => step.ProcessChunk<int>((batch, _) =>
        {
            calls.Enqueue(batch.Items.ToArray());
            for (var i = 0; i < batch.Count; i++)
            {
                if (faults.Try(batch[i]) is not { } fault)
                    batch.Keep(i, batch[i]);
                else if (fault is PassingFaultException)
                    batch.Fail(i, fault);
                else
                    throw fault;
            }

            return ValueTask.CompletedTask;
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r4 w3 ps1 c1 b0");
        Assert.Equal([[1, 2, 3, 4], [1], [1], [2], [3, 4]], calls);
        Assert.Equal([1, 3, 4], await job.Table.ReadAsync());
        Assert.Equal(2, outcome.Step("load").Counts.Retries);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_item_that_is_marked_for_another_try_by_calls_that_throw_uses_up_its_attempts(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 4, concurrency);
        var attempts = 0;
        job.Step = step => step.Skip<BadItemException>();
        job.Before = step => step.ProcessChunk<int>((batch, _) =>
        {
            attempts += batch.Items.Contains(1) ? 1 : 0;
            if (batch[0] == 1)
                batch.Fail(0, new PassingFaultException(1));
            throw new BadItemException(2);
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w0 c0 b1");
        Assert.Equal(3, attempts);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_fault_that_the_step_calls_transient_is_retried_and_one_it_does_not_is_not(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 2, concurrency);
        job.Step = step => step.Transient<BadItemException>().NotTransient<PassingFaultException>();
        job.Writing.Fail(1, times: 2).FailForAWhile(3, times: 1);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 c1 b3");
        Assert.Equal(1, job.Writing.AttemptsOf(3));
    }

    [SkippableFact]
    public async Task A_fault_that_the_step_does_not_call_transient_is_not_retried_for_what_it_wraps()
    {
        var job = await NumbersAsync(2, chunkSize: 2);
        job.Step = step => step.NotTransient<HttpRequestException>();
        job.Wrap = inner => new HookedWriter(inner, (_, _) => throw new HttpRequestException("No way.", new SocketException()));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r2 w0 c0 b1");
    }

    [SkippableFact]
    public async Task An_item_that_a_writer_names_among_those_it_is_given_again_is_the_one_left_out()
    {
        var job = await NumbersAsync(5, chunkSize: 5);
        job.Style = WriteFaultStyle.Mark;
        job.Step = step => step.Skip<BadItemException>();
        job.Writing.FailForAWhile(2, times: 1).FailForAWhile(4, times: 1);
        job.Wrap = inner => new HookedWriter(inner, (batch, _) =>
        {
            if (batch.Items.Span.IndexOf(4) is var place and >= 0 && batch.Count < 5)
                throw new ItemWriteException(place, new BadItemException(4));
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w4 ws1 c1");
        Assert.Equal([1, 2, 3, 5], await job.Table.ReadAsync());
        Assert.Equal("4", Assert.Single(await job.ListDeadLettersAsync()).Payload);
    }

    [SkippableTheory]
    [InlineData(WriteFaultStyle.Throw)]
    [InlineData(WriteFaultStyle.Name)]
    [InlineData(WriteFaultStyle.Mark)]
    public async Task What_a_writer_sums_up_in_the_step_context_holds_each_chunk_once(WriteFaultStyle style)
    {
        var job = await NumbersAsync(12, chunkSize: 4);
        job.Style = style;
        job.Step = step => step.Skip<BadItemException>();
        job.Writing.FailForAWhile(3, times: 2).Fail(6);
        SummingWriter? writer = null;
        job.Wrap = inner => writer = new(inner);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r12 w11 ws1 c3");
        Assert.Equal(72, writer!.Sum);
    }

    [SkippableTheory]
    [InlineData("40001", false, true)]
    [InlineData("40P01", false, true)]
    [InlineData("08006", false, true)]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData("23505", false, false)]
    [InlineData("53100", true, false)]
    public async Task A_fault_of_a_database_that_is_not_the_store_is_transient_by_its_SQLSTATE(string? state, bool isTransientToDriver, bool isTransient)
    {
        var job = await NumbersAsync(5, chunkSize: 5);
        job.Processing.Fail(3, times: 2, () => new InvalidOperationException("The partner's database failed.", new PartnerException(state, isTransientToDriver)));

        var outcome = await job.RunAsync();

        AssertStep(outcome, isTransient ? BatchStatus.Completed : BatchStatus.Failed, isTransient ? "r5 w5 c1 b0" : "r5 w0 c0 b1");
        Assert.Equal(isTransient ? 3 : 1, job.Processing.AttemptsOf(3));
    }

    [SkippableTheory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(1, 3600)]
    [InlineData(4, 3600)]
    public async Task A_stop_is_heard_while_marked_items_wait_for_another_try(int concurrency, int delaySeconds)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        var (isMarked, retry) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), TimeSpan.FromSeconds(delaySeconds));
        job.Style = WriteFaultStyle.Mark;
        job.Step = step => step.Retry(new RetryOptions { Attempts = 2, Delay = retry, MaxDelay = retry, UseJitter = false });
        job.Writing.Fail(4, times: 2, () =>
        {
            isMarked.TrySetResult();
            return new PassingFaultException(4);
        });
        await using var owner = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        await isMarked.Task;

        launch.Run!.RequestStop();
        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch).WaitAsync(TimeSpan.FromMinutes(1)));
        job.Writing.Mend();
        var completed = await job.RestartAsync();

        AssertStep(stopped, BatchStatus.Stopped, "r2 w2 c1 b1");
        Assert.Equal([[1, 2], [3, 4]], job.WriteCalls.Take(2));
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
    }

    [SkippableFact]
    public async Task Nobody_keeps_a_transaction_open_for_a_long_wait()
    {
        var job = await NumbersAsync(2, chunkSize: 2);
        var isMarked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        job.Style = WriteFaultStyle.Mark;
        job.Step = step => step.Retry(new RetryOptions { Attempts = 2, Delay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) });
        job.Writing.Fail(2, times: 1, () =>
        {
            isMarked.TrySetResult();
            return new PassingFaultException(2);
        });
        await using var owner = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        await isMarked.Task;

        // On SQLite nothing else can be written while a chunk is.
        var other = await (await NumbersAsync(2, chunkSize: 2)).RunAsync().WaitAsync(TimeSpan.FromSeconds(20));
        launch.Run!.RequestStop();
        await job.CheckedAsync(await owner.EndOfAsync(launch));

        Assert.Equal(BatchStatus.Completed, other.Status);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_processor_that_leaves_an_item_without_an_outcome_fails_the_step(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<Exception>();
        job.Before = step => step.ProcessChunk<int>((batch, _) =>
        {
            batch.Keep(0, batch[0]);
            return ValueTask.CompletedTask;
        });

        var outcome = await job.RunAsync();

        Assert.Equal(BatchStatus.Failed, outcome.Status);
        Assert.Contains("left item 1 of 2 without an outcome", outcome.Execution.Failure!.Message, StringComparison.Ordinal);
    }

    private sealed class PartnerException(string? state, bool isTransient) : System.Data.Common.DbException("No.")
    {
        public override string? SqlState => state;

        public override bool IsTransient => isTransient;
    }

    /// <summary>Sums up what it was given and has not marked as failed.</summary>
    private sealed class SummingWriter(IItemWriter<int> inner) : IItemWriter<int>
    {
        private ContextValues? _state;

        public int Sum => _state!.Get("sum", 0);

        public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            var state = _state = chunk.Step.State;
            state.Set("sum", state.Get("sum", 0) + batch.Items.ToArray().Sum());
            await inner.WriteAsync(batch, chunk, cancellationToken);
            state.Set("sum", state.Get("sum", 0) - batch.Faults.Sum(fault => batch.Items.Span[fault.Index]));
        }
    }

    private sealed class HookedWriter(IItemWriter<int> inner, Action<WriteBatch<int>, ChunkContext> before) : IItemWriter<int>
    {
        public ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            before(batch, chunk);
            return inner.WriteAsync(batch, chunk, cancellationToken);
        }
    }
}
