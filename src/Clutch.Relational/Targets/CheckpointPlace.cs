using Clutch.Executions;

namespace Clutch.Relational.Targets;

/// <summary>Which row of <c>clutch_checkpoint</c> a step execution owns.</summary>
internal sealed record CheckpointPlace(string RepositoryId, StepExecution Step, TimeProvider TimeProvider)
{
    /// <summary>A statement about that row.</summary>
    public Statement Of(string text) => new Statement(text)
        .With("repository_id", RepositoryId)
        .With("instance_id", Step.InstanceId.Value)
        .With("step_name", Step.StepName)
        .With("partition_name", Step.Partition ?? string.Empty)
        .With("step_execution_id", Step.Id.Value)
        .With("fence", Step.Fence)
        .With("now", TimeProvider.GetUtcNow());
}
