using Clutch.Executions;
using Clutch.Items;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class ChunkBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(5, 2, 1, "r5 w5 c3 b0")]
    [InlineData(5, 2, 4, "r5 w5 c3 b0")]
    [InlineData(4, 2, 1, "r4 w4 c2 b0")]
    [InlineData(4, 2, 4, "r4 w4 c2 b0")]
    [InlineData(0, 2, 1, "r0 w0 c0 b0")]
    [InlineData(1, 1000, 4, "r1 w1 c1 b0")]
    public async Task A_step_commits_once_per_chunk(int count, int chunkSize, int concurrency, string counts)
    {
        var job = await NumbersAsync(count, chunkSize, concurrency);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, counts);
        Assert.Equal(Enumerable.Range(1, count), await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_reader_that_gives_less_than_a_chunk_at_a_time_fills_whole_chunks(int concurrency)
    {
        var name = NewName("numbers");
        var job = new NumberJob(Store, name, await Store.CreateTableAsync(name), new NumberSource(10) { MaxPerCall = 1 }, chunkSize: 4, concurrency);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r10 w10 c3 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_same_step_run_twice_in_one_process_processes_all_both_times(int concurrency)
    {
        var name = NewName("twice");
        var (first, second) = (await Store.CreateTableAsync(name + "_a"), await Store.CreateTableAsync(name + "_b"));
        var source = new NumberSource(5);
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Parameter<string>("table")
            .Step("load", step => step.Read(_ => source.CreateReader())
                .Write(context => (context.Parameters.Get<string>("table") == "a" ? first : second).CreateWriter())
                .ChunkSize(2).Concurrency(concurrency))));

        var one = await host.RunAsync(name, ("table", "a"));
        var two = await host.RunAsync(name, ("table", "b"));

        AssertStep(one.Step("load"), BatchStatus.Completed, "r5 w5 c3");
        AssertStep(two.Step("load"), BatchStatus.Completed, "r5 w5 c3");
        Assert.Equal([1, 2, 3, 4, 5], await first.ReadAsync());
        Assert.Equal([1, 2, 3, 4, 5], await second.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_processor_error_that_is_not_tolerated_fails_the_step_and_leaves_no_row(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 2, concurrency);
        job.Processing.Fail(2);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r2 w0 c0 b1");
        Assert.Empty(await job.Table.ReadAsync());
        Assert.Equal(nameof(BadItemException), outcome.Step("load").Failure!.Type);
        Assert.Equal("Item 2 is bad.", outcome.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_chunk_that_is_rolled_back_moves_nothing_but_the_rollback_counter(int concurrency)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        job.Step = step => step.ProcessChunk<int>((batch, _) =>
        {
            for (var i = 0; i < batch.Count; i++)
                batch.Keep(i, batch[i]);
            return ValueTask.CompletedTask;
        }).WriteChunk(async (batch, chunk, cancellationToken) =>
        {
            chunk.Step.State.Set("last", batch.Items.Span[^1]);
            await new FaultyWriter<int>(job.Table.CreateWriter(), job.Writing).WriteAsync(batch, chunk, cancellationToken);
        });
        job.Writing.Fail(4);

        var failed = await job.RunAsync();
        job.Writing.Mend();
        var seen = -1;
        job.Before = step => step.ProcessWith(context =>
        {
            seen = context.State.Get("last", 0);
            return new PassProcessor();
        });
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w2 c1 b1");
        Assert.Equal(2, failed.Step("load").Checkpoint!.Input!.ToPosition());
        Assert.Equal(2, seen);
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_chunk_whose_items_are_all_filtered_moves_the_checkpoint_without_a_write(int concurrency)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        job.Before = step => step.Filter(number => number is not (3 or 4));

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r6 w4 f2 c3 b0");
        Assert.Equal([[1, 2], [5, 6]], job.WriteCalls);
        Assert.Equal(6, outcome.Step("load").Checkpoint!.Input!.ToPosition());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_restart_goes_on_after_the_last_committed_chunk(int concurrency)
    {
        var job = await NumbersAsync(10, chunkSize: 4, concurrency);
        job.Processing.Fail(7, times: 1);

        var failed = await job.RunAsync();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r8 w4 c1 b1");
        AssertStep(completed, BatchStatus.Completed, "r6 w6 c2 b0");
        Assert.Equal([null, Checkpoint.At(4)], job.Source.Opens);
        Assert.Equal(Enumerable.Range(1, 10), await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_reader_that_gives_items_without_a_checkpoint_is_refused(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 2, concurrency);
        job.ReadWith = _ => new AimlessReader();

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "w0 c0");
        Assert.Contains("The reader 'AimlessReader' added items without a checkpoint", outcome.Execution.Failure!.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task What_fails_while_a_step_that_failed_is_tidied_up_is_not_its_failure(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 2, concurrency);
        job.Processing.Fail(3);
        job.ReadWith = _ => new UntidyReader(job.Source.CreateReader());
        job.Wrap = inner => new UntidyWriter(inner);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w2 c1 b1");
        Assert.Equal("Item 3 is bad.", outcome.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_or_writer_that_cannot_be_closed_after_all_went_well_fails_the_step(bool isReader)
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        if (isReader)
            job.ReadWith = _ => new UntidyReader(job.Source.CreateReader());
        else
            job.Wrap = inner => new UntidyWriter(inner);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Failed, "r4 w4 c2 b0");
        Assert.Equal("It does not close.", outcome.Execution.Failure!.Message);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_item_with_several_outputs_counts_once_and_its_outputs_are_written_together(int concurrency)
    {
        var job = await NumbersAsync(5, chunkSize: 2, concurrency);
        var table = await Store.CreateTableAsync(NewName("outputs"));
        var name = NewName("many");
        await using var host = NewHost(clutch => clutch.AddJob(name, builder => builder.Step("load", step => step
            .Read(_ => job.Source.CreateReader())
            .ProcessMany(number => number == 3 ? Array.Empty<int>() : [number * 10, (number * 10) + 1])
            .Write(_ => table.CreateWriter())
            .ChunkSize(2).Concurrency(concurrency))));

        var outcome = await host.RunAsync(name);

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r5 w4 f1 c3 b0");
        Assert.Equal([10, 11, 20, 21, 40, 41, 50, 51], await table.ReadAsync());
    }

    /// <summary>Gives numbers, and no place to return to.</summary>
    private sealed class AimlessReader : IItemReader<int>
    {
        private int _last;

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ReadAsync(ReadBatch<int> batch, CancellationToken cancellationToken)
        {
            while (batch.Remaining > 0 && _last < 4)
                batch.Add(++_last);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class UntidyReader(IItemReader<int> inner) : IItemReader<int>, IDisposable
    {
        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => inner.OpenAsync(resumeFrom, step, cancellationToken);

        public ValueTask ReadAsync(ReadBatch<int> batch, CancellationToken cancellationToken) => inner.ReadAsync(batch, cancellationToken);

        public void Dispose() => Throw.If(true, "It does not close.");
    }

    private sealed class UntidyWriter(IItemWriter<int> inner) : IItemWriter<int>, IAsyncDisposable
    {
        public ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken) => inner.WriteAsync(batch, chunk, cancellationToken);

        public ValueTask DisposeAsync() => throw new InvalidOperationException("It does not close.");
    }
}
