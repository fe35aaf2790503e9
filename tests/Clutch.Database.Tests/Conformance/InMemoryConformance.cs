using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

/// <summary>The conformance suite on the repository in memory.</summary>
public sealed class InMemoryConformance : JobRepositoryConformance
{
    private readonly ManualClock _clock = new();
    private readonly SortedSet<int> _rows = [];
    private readonly InMemoryJobRepository _repository;

    public InMemoryConformance() => _repository = new(_clock);

    protected override IJobRepository Repository => _repository;

    public override Task InitializeAsync() => Task.CompletedTask;

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override ValueTask ExpireLeaseAsync(JobExecutionId execution)
    {
        _repository.ExpireLease(execution);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask WriteRowAsync(IChunkTransaction transaction, int value)
    {
        ((InMemoryChunk)transaction).Stage(() => _rows.Add(value));
        return ValueTask.CompletedTask;
    }

    protected override ValueTask<IReadOnlyList<int>> ListRowsAsync() => new([.. _rows]);

    /// <summary>There is no connection that could break.</summary>
    protected override ValueTask<bool> BreakAsync(IChunkTransaction transaction) => new(false);

    protected override ValueTask AgeAsync()
    {
        _clock.Advance(TimeSpan.FromDays(100));
        return ValueTask.CompletedTask;
    }
}
