using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;

namespace Clutch.Database.Tests.Engine;

/// <summary>What only a store with transactions of its own can get wrong.</summary>
public abstract class TransactionBehaviour<TStore> : EngineTests<TStore>
    where TStore : RelationalEngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_commit_that_the_repository_refuses_rolls_the_chunk_back_and_can_be_restarted(int concurrency)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        await Store.RefuseCommitAsync(2);

        var failed = await job.RunAsync();
        await Store.AcceptCommitsAsync();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w2 c1 b1");
        Assert.Contains("The repository is unwell", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
    }

    [SkippableTheory]
    [InlineData("ROLLBACK")]
    [InlineData("driver")]
    public async Task A_writer_that_swallows_a_rollback_of_its_own_fails_the_step_and_loses_nothing(string way)
    {
        var job = await NumbersAsync(6, chunkSize: 2);
        var isOnce = true;
        job.Wrap = inner => new Following(inner, async (batch, chunk) =>
        {
            if (batch.Items.Span[0] == 3 && isOnce)
            {
                isOnce = false;
                await RollBackAsync(chunk.Relational(), way);
            }
        });

        var failed = await job.RunAsync();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r4 w2 c1 b1");
        Assert.Contains("ended the chunk's transaction", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
        Assert.Equal(Enumerable.Range(1, 6), await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_connection_that_breaks_under_a_chunk_costs_one_more_attempt(int concurrency)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        var isOnce = true;
        var hasBroken = false;
        job.Wrap = inner => new Following(inner, async (batch, chunk) =>
        {
            if (batch.Items.Span[0] == 3 && isOnce)
            {
                isOnce = false;
                hasBroken = await Store.BreakAsync(chunk.Relational());
            }
        });

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, hasBroken ? "r6 w6 c3 b1" : "r6 w6 c3 b0");
        Assert.Equal(Enumerable.Range(1, 6), await job.Table.ReadAsync());
    }

    private static async Task RollBackAsync(IRelationalChunk chunk, string way)
    {
        if (way == "driver")
        {
            await chunk.Transaction!.RollbackAsync();
            return;
        }

        await using var command = chunk.CreateCommand(way);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Does something after each write.</summary>
    private sealed class Following(IItemWriter<int> inner, Func<WriteBatch<int>, ChunkContext, Task> after) : IItemWriter<int>
    {
        public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(batch, chunk, cancellationToken);
            await after(batch, chunk);
        }
    }
}
