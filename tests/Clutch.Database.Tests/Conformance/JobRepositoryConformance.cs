using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

/// <summary>What every job repository promises. A store derives this class and passes it whole.</summary>
public abstract partial class JobRepositoryConformance : IAsyncLifetime
{
    protected static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    protected static readonly CancellationToken Never = CancellationToken.None;

    /// <summary>The repository under test, empty and migrated.</summary>
    protected abstract IJobRepository Repository { get; }

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>Lets the leases of the execution and of its steps run out.</summary>
    protected abstract ValueTask ExpireLeaseAsync(JobExecutionId execution);

    /// <summary>Writes a row within the chunk's transaction, as a job's writer does.</summary>
    protected abstract ValueTask WriteRowAsync(IChunkTransaction transaction, int value);

    /// <summary>The rows that committed.</summary>
    protected abstract ValueTask<IReadOnlyList<int>> ListRowsAsync();

    /// <summary>Breaks the connection under the chunk, as the death of the server's process does; false where there is none to break.</summary>
    protected abstract ValueTask<bool> BreakAsync(IChunkTransaction transaction);

    /// <summary>Makes what ended so far look a hundred days old.</summary>
    protected abstract ValueTask AgeAsync();

    protected static LaunchRequest Request(string job = "import", string date = "2026-11-22", JobExecutionId? restartOf = null, string node = "node-1", TimeSpan? lease = null) => new()
    {
        JobName = job,
        Parameters = new([KeyValuePair.Create("date", new JobParameter(date, IsIdentifying: true)), KeyValuePair.Create("note", new JobParameter("ü'\"", IsIdentifying: false))]),
        Node = node,
        LeaseDuration = lease ?? Lease,
        RestartOf = restartOf,
    };

    protected static JobLease LeaseOf(JobExecution execution) => new(execution.Id, execution.Fence, execution.Node);

    protected async Task<JobExecution> LaunchAsync(LaunchRequest? request = null) =>
        Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(request ?? Request(), Never)).Execution;

    protected async Task<StepExecution> StartAsync(JobExecution execution, string step = "load", int startCount = 1, StepCheckpoint? checkpoint = null)
    {
        var started = await Repository.StartStepAsync(
            new()
            {
                Lease = LeaseOf(execution),
                InstanceId = execution.InstanceId,
                StepName = step,
                StartCount = startCount,
                Checkpoint = checkpoint,
                LeaseDuration = Lease,
            },
            Never);
        return started ?? throw new InvalidOperationException("The lease was lost.");
    }

    protected Task<LeaseAnswer> EndJobAsync(JobExecution execution, BatchStatus status = BatchStatus.Completed, Failure? failure = null) =>
        Repository.EndJobAsync(new() { Lease = LeaseOf(execution), Status = status, ExitCode = status.ToString(), Failure = failure }, Never).AsTask();

    protected Task<LeaseAnswer> EndStepAsync(StepExecution step, BatchStatus status = BatchStatus.Completed, StepCounts counts = default, StepCounts uncommitted = default) =>
        Repository.EndStepAsync(
            new() { StepExecutionId = step.Id, Fence = step.Fence, Status = status, ExitCode = status.ToString(), Counts = counts, Uncommitted = uncommitted }, Never).AsTask();

    protected static ChunkCommit Commit(StepExecution step, long number, params DeadLetter[] letters) => new()
    {
        StepExecutionId = step.Id,
        Fence = step.Fence,
        Checkpoint = new(Checkpoint.At(number * 10), Output: null),
        Counts = new() { Read = number * 10, Written = (number * 10) - letters.Length, WriteSkipped = letters.Length, Commits = number },
        DeadLetters = letters,
        LeaseDuration = Lease,
    };

    protected static DeadLetter Letter(StepExecution step, long ordinal, SkipPhase phase = SkipPhase.Write) => new()
    {
        InstanceId = step.InstanceId,
        StepExecutionId = step.Id,
        StepName = step.StepName,
        Partition = step.Partition,
        Phase = phase,
        Ordinal = ordinal,
        Location = $"products.csv:{ordinal}",
        Payload = "{\"name\":\"Ü\0ber\"}",
        Failure = new() { Type = "FormatException", Message = "'x' is not a number", Details = "at line 1" },
        SkippedAt = new(2026, 11, 22, 3, 0, 0, 123, TimeSpan.Zero),
    };

    /// <summary>One chunk from begin to commit, with one row in it, of the same number.</summary>
    protected Task<LeaseAnswer> RunChunkAsync(IChunkSession session, StepExecution step, int number, params DeadLetter[] letters) =>
        RunChunkAsync(session, step, number, row: number, letters);

    protected async Task<LeaseAnswer> RunChunkAsync(IChunkSession session, StepExecution step, int number, int row, DeadLetter[] letters)
    {
        await using var chunk = await session.BeginAsync(Never);
        await WriteRowAsync(chunk, row);
        return await chunk.CommitAsync(Commit(step, number, letters), Never);
    }

    protected async Task<StepExecution> FindAsync(StepExecution step) =>
        (await Repository.ListStepsAsync(step.JobExecutionId, Never)).Single(found => found.Id == step.Id);

    protected async Task<JobExecution> FindAsync(JobExecution execution) => (await Repository.FindExecutionAsync(execution.Id, Never))!;
}
