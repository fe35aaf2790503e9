using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository.InMemory;

/// <summary>What a repository in memory remembers, and the clock it follows. Who reads or changes it holds the repository's lock.</summary>
internal sealed class InMemoryTables(TimeProvider time)
{
    private long _lastId;

    public Dictionary<(string Job, string Key), JobInstance> Instances { get; } = [];

    public SortedDictionary<long, JobExecution> Executions { get; } = [];

    public SortedDictionary<long, StepRow> StepRows { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public DateTimeOffset Now => time.GetUtcNow();

    public long NextId() => ++_lastId;

    public JobExecution? LastOf(JobInstanceId instance) => Executions.Values.LastOrDefault(execution => execution.InstanceId == instance);

    public IEnumerable<StepRow> StepsOf(JobExecutionId execution) => StepRows.Values.Where(row => row.Step.JobExecutionId == execution);

    /// <summary>The running execution of this lease, as far as its fence still holds.</summary>
    public bool Holds(JobLease lease, out JobExecution execution) =>
        Executions.TryGetValue(lease.ExecutionId.Value, out execution!) && execution.Status.IsRunning && execution.Fence == lease.Fence;

    /// <summary>The running step with this id, as far as its fence still holds.</summary>
    public bool Holds(StepExecutionId id, long fence, out StepRow row) => StepRows.TryGetValue(id.Value, out row!) && row.IsHeld(fence);

    public static LeaseAnswer AnswerFor(JobExecution execution) =>
        execution.Status is BatchStatus.Stopping ? LeaseAnswer.HeldStopRequested : LeaseAnswer.Held;
}
