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

    /// <summary>Lets time go by for a repository whose clock the tests hold; others have the time of day.</summary>
    public virtual void Advance(TimeSpan duration)
    {
    }

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
    public override IJobRepository Repository { get; } = new InMemoryJobRepository();

    public override ValueTask<INumberTable> CreateTableAsync(string name) => new(new Table());

    private sealed class Table : INumberTable
    {
        private readonly MemoryTable<int> _rows = new(number => number);

        public IItemWriter<int> CreateWriter() => _rows.CreateWriter();

        public ValueTask<IReadOnlyList<int>> ReadAsync() => new([.. _rows.Rows.Order()]);
    }
}
