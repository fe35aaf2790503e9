using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Engine;

/// <summary>A job repository with tables beside it, on which the engine's behaviour is tested.</summary>
public abstract class EngineStore : IAsyncDisposable
{
    /// <summary>The repository; the same one at every call, as it is after a restart of the process.</summary>
    public abstract IJobRepository Repository { get; }

    /// <summary>Gets the store ready, or skips the test where it cannot be had.</summary>
    public virtual ValueTask OpenAsync() => ValueTask.CompletedTask;

    public abstract ValueTask<INumberTable> CreateTableAsync(string name);

    /// <summary>A table that another process has created.</summary>
    public virtual ValueTask<INumberTable> OpenTableAsync(string name) => throw new NotSupportedException("This store does not outlive its process.");

    /// <summary>The database that the steps commit to, where it is not the repository's.</summary>
    public virtual string? Target => null;

    /// <summary>Adds what the steps need to a host's services.</summary>
    public virtual void AddServices(IServiceCollection services)
    {
    }

    /// <summary>Lets the leases of the execution and of its steps run out.</summary>
    public abstract ValueTask ExpireLeasesAsync(JobExecutionId execution);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A table of integers with a primary key, whose writers join the chunk's transaction.</summary>
public interface INumberTable
{
    IItemWriter<int> CreateWriter();

    /// <summary>All rows that are committed, sorted.</summary>
    ValueTask<IReadOnlyList<int>> ReadAsync();
}

public sealed class InMemoryStore : EngineStore
{
    private readonly ManualClock _clock = new();

    public InMemoryStore() => Repository = new InMemoryJobRepository(_clock);

    public override IJobRepository Repository { get; }

    public override ValueTask<INumberTable> CreateTableAsync(string name) => new(new Table());

    public override ValueTask ExpireLeasesAsync(JobExecutionId execution)
    {
        _clock.Advance(TimeSpan.FromHours(1));
        return ValueTask.CompletedTask;
    }

    private sealed class Table : INumberTable
    {
        private readonly MemoryTable<int> _rows = new(number => number);

        public IItemWriter<int> CreateWriter() => _rows.CreateWriter();

        public ValueTask<IReadOnlyList<int>> ReadAsync() => new([.. _rows.Rows.Order()]);
    }
}
