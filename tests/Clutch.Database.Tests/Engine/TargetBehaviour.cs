using Clutch.Executions;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>What only a step can get wrong whose data and repository are two databases.</summary>
public abstract class TargetBehaviour<TStore> : EngineTests<TStore>
    where TStore : RelationalEngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_chunk_whose_record_the_repository_refuses_fails_the_step_and_is_counted_by_its_restart(int concurrency)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        job.Processing.Fail(4);
        job.Step = step => step.Skip<BadItemException>(limit: 1);
        await Store.RefuseCommitAsync(2);

        await using var host = job.NewHost();
        var failed = await host.RunAsync(job.Name);
        var rowsAtFailure = await job.Table.ReadAsync();
        await Store.AcceptCommitsAsync();
        var completed = await job.RunAsync();

        AssertStep(failed, BatchStatus.Failed, "r2 w2 c1 b0");
        Assert.Contains("The repository is unwell", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], rowsAtFailure);
        AssertStep(completed, BatchStatus.Completed, "r2 w2 c1 b0");
        Assert.Equal([1, 2, 3, 5, 6], await job.Table.ReadAsync());
        Assert.Equal("4", Assert.Single(await job.ListDeadLettersAsync()).Payload);
    }
}
