using Clutch.Executions;
using Clutch.Items;
using SkuSync.Catalog;

namespace SkuSync.Jobs;

/// <summary>Reads only after a check has passed: who restarts a held run without approving it gets no further.</summary>
internal sealed class ApprovedReader(IItemReader<SkuKey> reader, Func<CancellationToken, ValueTask> check) : IItemReader<SkuKey>, IAsyncDisposable
{
    public async ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        await check(cancellationToken);
        await reader.OpenAsync(resumeFrom, step, cancellationToken);
    }

    public ValueTask ReadAsync(ReadBatch<SkuKey> batch, CancellationToken cancellationToken) => reader.ReadAsync(batch, cancellationToken);

    public ValueTask DisposeAsync() => reader is IAsyncDisposable disposable ? disposable.DisposeAsync() : ValueTask.CompletedTask;
}
