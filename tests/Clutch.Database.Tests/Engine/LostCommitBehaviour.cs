using Clutch.Executions;
using Clutch.Items;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>Commits whose answer never comes, and outputs that follow the transaction.</summary>
public abstract class LostCommitBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(1, true)]
    [InlineData(4, true)]
    [InlineData(1, false)]
    [InlineData(4, false)]
    public async Task A_commit_whose_answer_is_lost_is_neither_repeated_nor_counted_as_a_rollback(int concurrency, bool isTransient)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        job.Step = step => step.Skip<BadItemException>();
        job.Processing.Fail(3);
        job.Faults = new FaultPlan().ThrowAt(FaultPoint.AfterCommit, hit: 2, isTransient ? () => new TimeoutException("No answer.") : null);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r6 w5 ps1 c3 b0");
        Assert.Equal([1, 2, 4, 5, 6], await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_output_outside_the_transaction_is_not_cut_back_when_only_the_answer_was_lost(int concurrency)
    {
        var output = new List<int>();
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        job.Wrap = inner => new FollowingWriter(inner, output);
        job.Faults = new FaultPlan()
            .ThrowAt(FaultPoint.AfterCommit, hit: 1, () => new TimeoutException("No answer."))
            .ThrowAt(FaultPoint.AfterWrite, hit: 2, () => new TimeoutException("Busy."));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r6 w6 c3 b1");
        Assert.Equal([1, 2, 3, 4, 5, 6], output);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_output_outside_the_transaction_is_cut_back_to_the_checkpoint_by_a_restart(int concurrency)
    {
        var output = new List<int>();
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        job.Wrap = inner => new FollowingWriter(inner, output);
        job.Faults = new FaultPlan().ThrowAt(FaultPoint.AfterWrite, hit: 2);

        var failed = await job.RunAsync();
        // What a crash leaves behind: written, and not covered by a checkpoint.
        output.AddRange([3, 4]);
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w2 c1 b1");
        Assert.Equal(2, failed.Step("load").Checkpoint!.Output!.ToPosition());
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
        Assert.Equal([1, 2, 3, 4, 5, 6], output);
    }

    [SkippableTheory]
    [InlineData(FaultPoint.WhileClosing, 0)]
    [InlineData(FaultPoint.AfterPublish, 1)]
    public async Task A_step_is_completed_only_when_its_output_is_published(FaultPoint point, int publishedBefore)
    {
        var output = new List<int>();
        var published = 0;
        var job = await NumbersAsync(4, chunkSize: 2);
        job.Wrap = inner => new FollowingWriter(inner, output, () => published++);
        job.Faults = new FaultPlan().ThrowAt(point);

        var failed = await job.RunAsync();
        var publishedAtFailure = published;
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w4 c2 b0");
        Assert.Equal(publishedBefore, publishedAtFailure);
        AssertStep(completed, BatchStatus.Completed, "r0 w0 c0 b0");
        Assert.Equal(publishedBefore + 1, published);
        Assert.Equal([1, 2, 3, 4], output);
    }

    /// <summary>Writes to a table and to an output that follows the transaction, as a file does.</summary>
    private sealed class FollowingWriter(IItemWriter<int> inner, List<int> output, Action? publish = null) : IItemWriter<int>, ICheckpointedWriter
    {
        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => CutAsync(resumeFrom);

        public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(batch, chunk, cancellationToken);
            output.AddRange(batch.Items.ToArray());
        }

        public ValueTask<Checkpoint> FlushAsync(CancellationToken cancellationToken) => new(Checkpoint.At(output.Count));

        public ValueTask RollbackAsync(Checkpoint? committed, CancellationToken cancellationToken) => CutAsync(committed);

        public ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            publish?.Invoke();
            return ValueTask.CompletedTask;
        }

        private ValueTask CutAsync(Checkpoint? place)
        {
            var count = (int)(place?.ToPosition() ?? 0);
            output.RemoveRange(count, output.Count - count);
            return ValueTask.CompletedTask;
        }
    }
}
