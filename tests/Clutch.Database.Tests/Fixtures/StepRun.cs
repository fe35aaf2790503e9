using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Fixtures;

/// <summary>A step at work in a database: writes chunks through writers and commits them.</summary>
public sealed class StepRun : IAsyncDisposable
{
    private readonly IChunkSession _session;
    private StepCounts _counts;

    private StepRun(IServiceProvider services, StepExecution step, IChunkSession session)
    {
        Services = services;
        Step = step;
        _session = session;
        _counts = session.LastCommitted?.OwnCounts ?? step.Counts;
        Context = new()
        {
            JobName = "import",
            StepName = step.StepName,
            InstanceId = step.InstanceId,
            JobExecutionId = step.JobExecutionId,
            StepExecutionId = step.Id,
            Parameters = JobParameters.Empty,
            Services = services,
            TimeProvider = TimeProvider.System,
        };
    }

    public IServiceProvider Services { get; }

    public StepExecution Step { get; }

    public StepContext Context { get; }

    public IChunkSession Session => _session;

    /// <summary>The step's own values, as JSON, which go with each chunk; null for none.</summary>
    public string? Values { get; set; }

    public static LaunchRequest Request { get; } =
        new() { JobName = "import", Parameters = JobParameters.Empty, Node = "node-1", LeaseDuration = TimeSpan.FromMinutes(5) };

    /// <summary>Launches the job, or restarts it, and opens the step.</summary>
    /// <param name="services">With a migrated repository.</param>
    /// <param name="target">The target database, or null for the repository's own.</param>
    /// <param name="isResumed">Whether it takes up what was left unfinished, if there is something.</param>
    public static async Task<StepRun> StartAsync(IServiceProvider services, string? target = null, bool isResumed = true) =>
        await OpenAsync(services, await StartStepAsync(services), target, isResumed);

    /// <summary>Launches the job, or restarts it, and starts the step without opening it.</summary>
    public static async Task<StepExecution> StartStepAsync(IServiceProvider services)
    {
        var repository = services.GetRequiredService<IJobRepository>();
        var launched = (LaunchDecision.Launched)await repository.LaunchAsync(Request, CancellationToken.None);
        var execution = launched.Execution;
        var history = await repository.ListStepHistoryAsync(execution.InstanceId, CancellationToken.None);
        var step = await repository.StartStepAsync(
            new()
            {
                Lease = new(execution.Id, execution.Fence, execution.Node),
                InstanceId = execution.InstanceId,
                StepName = "load",
                StartCount = 1,
                Checkpoint = history.FirstOrDefault()?.Last.Checkpoint,
                LeaseDuration = TimeSpan.FromMinutes(5),
            },
            CancellationToken.None);
        return step!;
    }

    public static async Task<StepRun> OpenAsync(IServiceProvider services, StepExecution step, string? target = null, bool isResumed = true)
    {
        var store = target is null ? services.GetRequiredService<IJobRepository>().ChunkStore : services.GetRequiredKeyedService<IChunkStore>(target);
        return new(services, step, await store.OpenAsync(step, isResumed, CancellationToken.None));
    }

    public static async Task WriteAsync<T>(IItemWriter<T> writer, StepContext step, IChunkTransaction transaction, params T[] items)
    {
        var batch = new WriteBatch<T>();
        batch.Reset(items);
        await writer.WriteAsync(batch, new() { Step = step, Number = 1, Attempt = 1, Transaction = transaction }, CancellationToken.None);
    }

    /// <summary>Writes the items as one chunk and commits it.</summary>
    public async Task<LeaseAnswer> WriteAsync<T>(IItemWriter<T> writer, params T[] items)
    {
        await using var chunk = await _session.BeginAsync(CancellationToken.None);
        await WriteAsync(writer, Context, chunk, items);
        return await CommitAsync(chunk, items.Length);
    }

    public async Task<LeaseAnswer> CommitAsync(ICommittableChunk chunk, int count, params DeadLetter[] letters)
    {
        var commit = Commit(count, letters);
        var answer = await chunk.CommitAsync(commit, CancellationToken.None);
        if (answer != LeaseAnswer.Lost)
            _counts = commit.Counts;
        return answer;
    }

    public ChunkCommit Commit(int count, params DeadLetter[] letters) => new()
    {
        StepExecutionId = Step.Id,
        Fence = Step.Fence,
        Checkpoint = new(Checkpoint.At(_counts.Read + count), Output: null),
        Counts = _counts + new StepCounts { Read = count, Written = count - letters.Length, WriteSkipped = letters.Length, Commits = 1 },
        Context = Values,
        DeadLetters = letters,
        LeaseDuration = TimeSpan.FromMinutes(5),
    };

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
