namespace Clutch.Relational.Jobs;

/// <summary>The whole statements of a job repository, as one store writes them; docs/reference/schema.md names tables, columns and parameters.</summary>
/// <remarks>
/// An execution is answered as <see cref="JobExecutionRow.Columns"/>, a step execution as <see cref="StepExecutionRow.Columns"/>. Instants come from the
/// parameter <c>now</c> or from the database's clock. A change runs whole or not at all.
/// </remarks>
public sealed record RepositoryStatements
{
    /// <summary>Answers the repository's own id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>Creates the instance (<c>job_name</c>, <c>instance_key</c>) or finds it, and keeps other launches of it waiting. Answers its id, then its last execution with <c>expired</c>.</summary>
    public required string EnterInstance { get; init; }

    /// <summary>The same for the instance of the execution <c>restart_of</c>; no row where there is none.</summary>
    public required string EnterInstanceOf { get; init; }

    /// <summary>Keeps other launches of the job <c>job_name</c> waiting up to the end of the transaction, and answers how many of its executions run as <c>running_count</c>.</summary>
    public required string CountRunning { get; init; }

    /// <summary>Creates a started execution and answers it.</summary>
    public required string InsertExecution { get; init; }

    /// <summary>Ends the execution <c>id</c> if it still runs, as one whose lease has expired, and moves its fence; answers it.</summary>
    public required string ExpireExecution { get; init; }

    /// <summary>Ends all executions whose lease has expired or whose node is among <c>dead_nodes</c>, but for those with an id among <c>at_work</c>, and moves their fences; answers them.</summary>
    public required string ExpireExecutions { get; init; }

    /// <summary>Ends the running steps of the executions <c>ids</c> and moves their fences.</summary>
    public required string ExpireSteps { get; init; }

    /// <summary>Prolongs the lease of a running execution, of its steps on the same node and of the partitions with these <c>ids</c> and <c>fences</c>; answers its status where the fence fits.</summary>
    public required string RenewLease { get; init; }

    /// <summary>Creates a started step of a running execution whose fence fits, and answers it.</summary>
    public required string StartStep { get; init; }

    /// <summary>Ends a running step whose fence fits and keeps the job's context; answers the job's status.</summary>
    public required string EndStep { get; init; }

    /// <summary>Ends a running execution whose fence fits, and its running steps; answers its status.</summary>
    public required string EndJob { get; init; }

    /// <summary>Creates a waiting step for each of the <c>partitions</c> (JSON) if the job's fence fits and the step has none since it began; answers the job's status.</summary>
    public required string CreatePartitions { get; init; }

    /// <summary>Hands the next waiting or expired partition to <c>node</c> and answers it.</summary>
    public required string ClaimPartition { get; init; }

    /// <summary>Hands a partition whose lease has expired to <c>node</c> and answers it.</summary>
    public required string TakeOverPartition { get; init; }

    /// <summary>Prolongs the leases of the partitions of a running execution with these <c>ids</c> and <c>fences</c>; answers the execution's status.</summary>
    public required string RenewPartitions { get; init; }

    /// <summary>Makes the partition <c>id</c> wait for a claim again where its <c>fence</c> fits, and moves the fence.</summary>
    public required string ReleasePartition { get; init; }

    /// <summary>Ends partitions of a step that three nodes in a row died with, then answers how many wait and how many run.</summary>
    public required string WatchPartitions { get; init; }

    /// <summary>Asks a running execution to stop; answers its status thereafter.</summary>
    public required string RequestStop { get; init; }

    /// <summary>Abandons a stopped or failed execution that is the latest of its instance; answers its status thereafter, or <c>Superseded</c> where there is a later one.</summary>
    public required string Abandon { get; init; }

    /// <summary>Answers the nodes that hold a running execution or step.</summary>
    public required string ActiveNodes { get; init; }

    /// <summary>Answers the ids of at most <c>max_executions</c> executions' worth of instances that ended before <c>ended_before</c>, and keeps launches of them waiting.</summary>
    public required string PurgeCandidates { get; init; }

    /// <summary>Answers those of the instances <c>ids</c> that still have no execution which runs or ended later.</summary>
    public required string PurgeConfirmed { get; init; }

    /// <summary>Deletes the instances <c>ids</c> with all that hangs on them, executions excepted, which are counted: see <see cref="DeleteExecutions"/>.</summary>
    public required string DeleteInstanceDetails { get; init; }

    /// <summary>Deletes the executions of the instances <c>ids</c>.</summary>
    public required string DeleteExecutions { get; init; }

    /// <summary>Deletes the instances <c>ids</c>.</summary>
    public required string DeleteInstances { get; init; }

    /// <summary>Records a chunk in a running step whose fence fits; answers the job's status, or meets no row.</summary>
    public required string CommitChunk { get; init; }

    /// <summary>Records a chunk that a target database committed in a step which may have ended since.</summary>
    public required string CatchUpChunk { get; init; }

    /// <summary>Adds the dead letters <c>letters</c> (JSON); those that are there already stay as they are.</summary>
    public required string InsertDeadLetters { get; init; }

    /// <summary>Keeps other transactions that hold the instance <c>instance_id</c> waiting up to the end of this one; answers its id.</summary>
    public required string HoldInstance { get; init; }

    /// <summary>Answers a row if the step <c>id</c> has committed chunk <c>commit_count</c>, waiting for a commit under way.</summary>
    public required string FindCommit { get; init; }

    /// <summary>Marks those of the dead letters <c>ids</c> that are open as re-driven.</summary>
    public required string MarkRedriven { get; init; }
}
