using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class SkipBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Records_that_cannot_be_read_are_skipped(int concurrency)
    {
        var job = await SkippingAsync(10, chunkSize: 5, concurrency);
        job.Source.Rejects.FailAll([3, 7]);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r8 w8 rs2 c2 b0");
        var letters = await job.ListDeadLettersAsync();
        Assert.Equal([(SkipPhase.Read, 3L, "numbers:3"), (SkipPhase.Read, 7L, "numbers:7")], letters.Select(letter => (letter.Phase, letter.Ordinal, letter.Location!)));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_item_that_a_processor_fails_on_is_skipped(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Processing.Fail(4);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w4 ps1 c3 b0");
        var letter = Assert.Single(await job.ListDeadLettersAsync());
        Assert.Equal((SkipPhase.Process, 4L, "4", "Item 4 is bad."), (letter.Phase, letter.Ordinal, letter.Payload, letter.Failure.Message));
    }

    [SkippableTheory]
    [InlineData(1, WriteFaultStyle.Throw, "r5 w4 ws1 c3 b1")]
    [InlineData(4, WriteFaultStyle.Throw, "r5 w4 ws1 c3 b1")]
    [InlineData(1, WriteFaultStyle.Name, "r5 w4 ws1 c3 b1")]
    [InlineData(4, WriteFaultStyle.Name, "r5 w4 ws1 c3 b1")]
    [InlineData(1, WriteFaultStyle.Mark, "r5 w4 ws1 c3 b0")]
    [InlineData(4, WriteFaultStyle.Mark, "r5 w4 ws1 c3 b0")]
    public async Task An_item_that_the_writer_fails_on_is_skipped(int concurrency, WriteFaultStyle style, string counts)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Style = style;
        job.Writing.Fail(4);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, counts);
        var letter = Assert.Single(await job.ListDeadLettersAsync());
        Assert.Equal((SkipPhase.Write, 4L, "4", "Item 4 is bad."), (letter.Phase, letter.Ordinal, letter.Payload, letter.Failure.Message));
        Assert.Equal(nameof(BadItemException), letter.Failure.Type);
    }

    [SkippableTheory]
    [InlineData(1, WriteFaultStyle.Throw)]
    [InlineData(4, WriteFaultStyle.Throw)]
    [InlineData(1, WriteFaultStyle.Name)]
    [InlineData(1, WriteFaultStyle.Mark)]
    public async Task Two_of_three_items_that_fail_in_the_writer_leave_the_third(int concurrency, WriteFaultStyle style)
    {
        var job = await SkippingAsync(3, chunkSize: 3, concurrency);
        job.Style = style;
        job.Writing.FailAll([2, 3]);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r3 w1 ws2 c1");
        Assert.Equal([1], await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1, WriteFaultStyle.Throw)]
    [InlineData(4, WriteFaultStyle.Throw)]
    [InlineData(1, WriteFaultStyle.Name)]
    [InlineData(1, WriteFaultStyle.Mark)]
    public async Task A_chunk_whose_items_all_fail_in_the_writer_completes_without_a_row(int concurrency, WriteFaultStyle style)
    {
        var job = await SkippingAsync(3, chunkSize: 3, concurrency);
        job.Style = style;
        job.Writing.FailAll([1, 2, 3]);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r3 w0 ws3 c1");
    }

    [SkippableTheory]
    [InlineData(57, 1)]
    [InlineData(57, 4)]
    [InlineData(60, 1)]
    [InlineData(60, 4)]
    [InlineData(51, 1)]
    [InlineData(1, 1)]
    [InlineData(100, 1)]
    public async Task The_number_of_commits_does_not_depend_on_which_item_is_bad(int bad, int concurrency)
    {
        var job = await SkippingAsync(100, chunkSize: 10, concurrency);
        job.Writing.Fail(bad);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r100 w99 ws1 c10 b1");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_limit_allows_exactly_as_many_skips_as_it_says(int concurrency)
    {
        var job = await SkippingAsync(6, chunkSize: 3, concurrency, limit: 2);
        job.Processing.FailAll([2, 5]);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r6 w4 ps2 c2 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task One_skip_more_than_the_limit_fails_the_step_with_what_it_had_tolerated(int concurrency)
    {
        var job = await SkippingAsync(6, chunkSize: 3, concurrency, limit: 2);
        job.Processing.FailAll([2, 5, 6]);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "w2 ps2 c1 b1");
        Assert.Equal(nameof(SkipLimitExceededException), outcome.Execution.Failure!.Type);
        Assert.Equal([2L], (await job.ListDeadLettersAsync()).Select(letter => letter.Ordinal));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Skips_of_all_phases_share_one_limit(int concurrency)
    {
        var job = await SkippingAsync(15, chunkSize: 5, concurrency, limit: 3);
        job.Source.Rejects.FailAll([6, 12, 13, 14, 15]);
        job.Writing.Fail(4);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "rs2 ws1");
        Assert.Equal([1, 2, 3, 5, 7, 8, 9, 10, 11], await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Nothing_but_bad_records_is_judged_before_all_are_read(int concurrency)
    {
        var job = await SkippingAsync(10_000, chunkSize: 5, concurrency, limit: 3);
        job.Source.Rejects.FailAll(Enumerable.Range(1, 10_000));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "rs3 c0");
        Assert.Equal(0, job.Source.Rejects.AttemptsOf(2_000));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_restart_goes_on_with_what_the_limit_left(int concurrency)
    {
        var job = await SkippingAsync(9, chunkSize: 3, concurrency, limit: 2);
        job.Processing.FailAll([1, 5]);
        job.Writing.Fail(8, fault: () => new InvalidOperationException("The disk is on fire."));

        var failed = await job.RunAsync();
        job.Writing.Mend();
        job.Processing.Fail(9);
        var overLimit = await job.RestartAsync();
        job.Processing.Mend();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "w4 ps2 c2 b1");
        AssertStep(overLimit, BatchStatus.Failed, "w0 c0 b1");
        AssertStep(completed, BatchStatus.Completed, "r3 w3 c1 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_skippable_exception_is_recognised_inside_another(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Processing.Fail(2, fault: () => new InvalidOperationException("outer", new BadItemException(2)));
        job.Writing.Fail(4, fault: () => new InvalidOperationException("outer", new BadItemException(4)));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w3 ps1 ws1 c3");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_exception_that_is_no_reason_to_skip_fails_the_step_although_its_base_type_is(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<Exception>().NoSkip<BadItemException>();
        job.Writing.Fail(4);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 c1 b1");
    }

    [SkippableTheory]
    [InlineData(WriteFaultStyle.Throw)]
    [InlineData(WriteFaultStyle.Name)]
    [InlineData(WriteFaultStyle.Mark)]
    public async Task An_exception_that_is_no_reason_to_skip_is_recognised_inside_another(WriteFaultStyle style)
    {
        var job = await NumbersAsync(5, chunkSize: 5);
        job.Style = style;
        job.Step = step => step.Skip<Exception>().NoSkip<BadItemException>();
        job.Writing.Fail(3);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r5 w0 c0 b1");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_skip_listener_that_throws_fails_the_step(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Processing.Fail(4);
        job.Listener = new RecordingListener { OnEvent = text => Throw.If(text.StartsWith("skip", StringComparison.Ordinal), "The listener is unwell.") };

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 ps1 c1 b1");
        Assert.Equal("The listener is unwell.", outcome.Execution.Failure!.Message);
        Assert.Empty(await job.ListDeadLettersAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task What_a_skip_listener_throws_is_not_taken_for_a_fault_of_the_chunk_that_passes(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Processing.Fail(4);
        job.Listener = new RecordingListener { OnEvent = text => _ = text.StartsWith("skip", StringComparison.Ordinal) ? throw new TimeoutException("Nobody answered.") : 0 };

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 ps1 c1 b1");
        Assert.Equal("A listener failed in OnSkipAsync: Nobody answered.", outcome.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task What_a_skip_listener_keeps_in_the_step_context_outlives_an_attempt_that_is_rolled_back(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Processing.Fail(4);
        job.Listener = new CountingListener();
        var writer = new LateWriter();
        job.Wrap = inner => writer.Around(inner);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r5 w4 ps1 c3 b1");
        Assert.Equal("{\"skipped\":\"1\"}", outcome.Step("load").Context);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_skip_policy_that_throws_for_what_a_processor_threw_fails_the_step(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<BadItemException>(condition: _ => throw new InvalidOperationException("The policy is unwell."));
        job.Before = step => step.ProcessChunk<int>((_, _) => throw new BadItemException(1));

        var outcome = await job.RunAsync();

        Assert.Equal(BatchStatus.Failed, outcome.Status);
        Assert.Equal("The policy is unwell.", outcome.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task What_no_item_is_to_blame_for_costs_none(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<Exception>();
        job.Writing.Fail(4, fault: () => new RepositoryException("The disk is full."));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 c1 b1");
        Assert.Equal("The disk is full.", outcome.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_skip_policy_that_throws_fails_the_step(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<BadItemException>(condition: _ => throw new InvalidOperationException("The policy is unwell."));
        job.Writing.Fail(4);

        var outcome = await job.RunAsync();

        Assert.Equal(BatchStatus.Failed, outcome.Status);
        Assert.Equal("The policy is unwell.", outcome.Execution.Failure!.Message);
        Assert.Equal([1, 2], await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Retries_and_isolation_do_not_inflate_filters_and_skips(int concurrency)
    {
        var job = await SkippingAsync(12, chunkSize: 6, concurrency);
        job.Before = step => step.Filter(number => number is not (2 or 9));
        job.Source.Rejects.Fail(4);
        job.Processing.Fail(5).FailForAWhile(6, times: 2);
        job.Writing.FailForAWhile(1, times: 2).Fail(3).Fail(10);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r11 w6 f2 rs1 ps1 ws2 c2");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_chunk_that_rolled_back_leaves_no_dead_letter_and_its_restart_exactly_one(int concurrency)
    {
        var job = await SkippingAsync(4, chunkSize: 2, concurrency);
        job.Processing.Fail(3);
        job.Writing.Fail(4, times: 1, () => new InvalidOperationException("once"));

        var failed = await job.RunAsync();
        var lettersBefore = await job.ListDeadLettersAsync();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w2 ps1 c1 b1");
        Assert.Empty(lettersBefore);
        AssertStep(completed, BatchStatus.Completed, "r2 w1 ps1 c1 b0");
        Assert.Single(await job.ListDeadLettersAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_larger_share_of_bad_records_than_allowed_fails_the_step_at_its_end(int concurrency)
    {
        var job = await SkippingAsync(10, chunkSize: 5, concurrency);
        job.Step = step => step.Skip<BadItemException>().SkipShare(0.2);
        job.Processing.FailAll([1, 2, 3]);

        var failed = await job.RunAsync();
        var again = await job.RestartAsync();

        Assert.Equal(BatchStatus.Failed, failed.Status);
        Assert.Contains("3 of 10", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(BatchStatus.Failed, again.Status);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_share_of_bad_records_that_is_allowed_completes(int concurrency)
    {
        var job = await SkippingAsync(10, chunkSize: 5, concurrency);
        job.Step = step => step.Skip<BadItemException>().SkipShare(0.2);
        job.Processing.FailAll([1, 2]);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r10 w8 ps2 c2");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_share_is_looked_at_in_a_running_step_once_a_thousand_records_were_read(int concurrency)
    {
        var job = await SkippingAsync(5_000, chunkSize: 500, concurrency);
        job.Step = step => step.Skip<BadItemException>().SkipShare(0.1);
        job.Processing.FailAll(Enumerable.Range(1, 400));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "ps400 w100 c1 b1");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Running_out_of_memory_is_never_skipped(int concurrency)
    {
        var job = await SkippingAsync(5, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<Exception>();
        job.Writing.Fail(4, fault: () => new InvalidOperationException("wrapped", new OutOfMemoryException()));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 c1 b1");
    }

    private sealed class CountingListener : IBatchListener
    {
        public ValueTask OnSkipAsync(StepContext step, DeadLetter letter, CancellationToken cancellationToken)
        {
            step.State.Set("skipped", step.State.Get("skipped", 0) + 1);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Follows the transaction, and fails once for the moment just before the second commit, when the listeners have been told.</summary>
    private sealed class LateWriter : IItemWriter<int>, ICheckpointedWriter
    {
        private IItemWriter<int>? _inner;
        private int _flushCount;

        public LateWriter Around(IItemWriter<int> inner)
        {
            _inner = inner;
            return this;
        }

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken) => _inner!.WriteAsync(batch, chunk, cancellationToken);

        public ValueTask<Checkpoint> FlushAsync(CancellationToken cancellationToken) =>
            ++_flushCount == 2 ? throw new PassingFaultException(4) : new(Checkpoint.At(_flushCount));

        public ValueTask RollbackAsync(Checkpoint? committed, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private async Task<NumberJob> SkippingAsync(int count, int chunkSize, int concurrency, long? limit = null)
    {
        var job = await NumbersAsync(count, chunkSize, concurrency);
        job.Step = step => step.Skip<BadItemException>(limit);
        return job;
    }
}
