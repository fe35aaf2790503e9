using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>A job whose only step moves numbers into a table; each run is a process of its own, and the invariants are checked after it.</summary>
public sealed class NumberJob(EngineStore store, string name, INumberTable table, NumberSource source, int chunkSize, int concurrency)
{
    public const string StepName = "load";

    private JobExecutionId _last;

    public string Name { get; } = name;

    public NumberSource Source { get; } = source;

    public INumberTable Table { get; } = table;

    public ItemFaults<int> Processing { get; } = new();

    public ItemFaults<int> Writing { get; } = new();

    public WriteFaultStyle Style { get; set; }

    /// <summary>The items of each write call, in order.</summary>
    public ConcurrentQueue<IReadOnlyList<int>> WriteCalls { get; } = new();

    /// <summary>What else the step is told.</summary>
    public Func<ChunkStepBuilder<int, int>, ChunkStepBuilder<int, int>> Step { get; set; } = step => step;

    /// <summary>Puts something before the processor.</summary>
    public Func<ChunkStepBuilder<int, int>, ChunkStepBuilder<int, int>> Before { get; set; } = step => step;

    /// <summary>Replaces the reader that the source gives.</summary>
    public Func<StepContext, IItemReader<int>>? ReadWith { get; set; }

    /// <summary>Replaces the writer that the table gives.</summary>
    public Func<IItemWriter<int>, IItemWriter<int>> Wrap { get; set; } = writer => writer;

    public IFaultInjector? Faults { get; set; }

    public IBatchListener? Listener { get; set; }

    public JobInstanceId InstanceId { get; private set; }

    public NumberStep Promise => new() { StepName = StepName, InputCount = Source.Count, ReadRowsAsync = Table.ReadAsync };

    /// <summary>A process that hosts the job.</summary>
    public JobTestHost NewHost() => new(new() { Repository = store.Repository, Configure = Define, Faults = Faults, ConfigureServices = store.AddServices });

    /// <summary>Launches the job and waits for its end: the first execution, or a restart.</summary>
    public async Task<JobOutcome> RunAsync()
    {
        await using var host = NewHost();
        return await CheckedAsync(await host.RunAsync(Name));
    }

    /// <summary>Restarts the last execution.</summary>
    public async Task<JobOutcome> RestartAsync()
    {
        await using var host = NewHost();
        return await CheckedAsync(await host.RestartAsync(_last));
    }

    /// <summary>Checks what holds after every run.</summary>
    public async Task<JobOutcome> CheckedAsync(JobOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        (_last, InstanceId) = (outcome.Execution.Id, outcome.Execution.InstanceId);
        await Invariants.CheckAsync(store.Repository, InstanceId, [Promise]);
        // Whoever could not record the end of its run has nothing to compare.
        if (outcome.Answered.Status == outcome.Status && outcome.Status.IsFinal)
            Invariants.CheckCounters(outcome);
        return outcome;
    }

    public void Define(ClutchBuilder clutch)
    {
        ArgumentNullException.ThrowIfNull(clutch);
        clutch.AddJob(Name, job =>
        {
            job.Step(StepName, step => Step(CommitTo(store.Target, Build(step))));
            if (Listener is { } listener)
                job.Listener(_ => listener);
        });
    }

    public async Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync() =>
        await store.Repository.ListDeadLettersAsync(new() { InstanceId = InstanceId, Limit = 10_000 }, CancellationToken.None);

    internal static ChunkStepBuilder<int, int> CommitTo(string? target, ChunkStepBuilder<int, int> step) => target is null ? step : step.CommitTo(target);

    private ChunkStepBuilder<int, int> Build(StepBuilder step) => Before(step.Read(ReadWith ?? (_ => Source.CreateReader())))
        .Process(Processing.Pass)
        .Write(_ => Wrap(new FaultyWriter<int>(Table.CreateWriter(), Writing, Style, WriteCalls)))
        .ChunkSize(chunkSize)
        .Concurrency(concurrency)
        .Retry(new RetryOptions { Attempts = 3, Delay = TimeSpan.Zero });
}
