using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository;

/// <summary>Remembers job instances, executions, steps, checkpoints, leases and dead letters. One conformance suite holds for every implementation.</summary>
/// <remarks>
/// Time in it is the database's. A lost lease is an answer, not an exception. Faults of the database itself come as its own exceptions, or as
/// <see cref="RepositoryException"/> where a person must act.
/// </remarks>
public interface IJobRepository
{
    /// <summary>Where chunk transactions of this repository begin: writes through it commit together with the checkpoint.</summary>
    IChunkStore ChunkStore { get; }

    /// <summary>Brings the schema up to date, under a lock, and tells which migrations it applied.</summary>
    /// <exception cref="RepositoryException">The schema is newer than this program, or the database cannot be reached or written.</exception>
    ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken);

    /// <summary>The statements that <see cref="MigrateAsync"/> would run now, as a script; empty where the schema is up to date or there is none.</summary>
    /// <exception cref="RepositoryException">The schema is newer than this program, or the database cannot be reached.</exception>
    ValueTask<string> ScriptMigrationsAsync(CancellationToken cancellationToken);

    /// <summary>Creates an execution, deciding in one transaction whether the instance may run: launches of one instance are serialised.</summary>
    /// <remarks>An execution of the instance whose lease has expired is marked failed first, as <see cref="RecoverAsync"/> does.</remarks>
    ValueTask<LaunchDecision> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken);

    /// <summary>Prolongs the lease of a running execution, of its steps on the same node, and of these partitions of it: those that its process really runs.</summary>
    ValueTask<LeaseAnswer> RenewLeaseAsync(JobLease lease, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Creates the execution of a step, started; null when the job's lease is lost.</summary>
    ValueTask<StepExecution?> StartStepAsync(StepStart start, CancellationToken cancellationToken);

    /// <summary>Records the end of a step execution.</summary>
    ValueTask<LeaseAnswer> EndStepAsync(StepEnd end, CancellationToken cancellationToken);

    /// <summary>Records the end of a job execution; steps of it that still run are ended with the same failure.</summary>
    ValueTask<LeaseAnswer> EndJobAsync(JobEnd end, CancellationToken cancellationToken);

    /// <summary>Creates the executions of a step's partitions in one bulk statement, waiting for a claim; false when the job's lease is lost.</summary>
    /// <remarks>Harmless when repeated: where the step has its partitions already, nothing is created and the answer is true. A step that is begun anew gets new ones.</remarks>
    ValueTask<bool> CreatePartitionsAsync(PartitionPlan plan, CancellationToken cancellationToken);

    /// <summary>Hands out a partition whose lease has expired, or one that waits, to this node; null when there is none.</summary>
    /// <remarks>Of those that wait first what this node ran last, then what nobody has run, by id, then any other: nobody waits for the node that ran a partition before.</remarks>
    ValueTask<StepExecution?> ClaimPartitionAsync(PartitionClaim claim, CancellationToken cancellationToken);

    /// <summary>Prolongs the leases of these partitions of an execution, as far as their fences still hold; <see cref="LeaseAnswer.Lost"/> when the execution runs no more. The job's own lease is its manager's.</summary>
    ValueTask<LeaseAnswer> RenewPartitionsAsync(JobExecutionId execution, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Hands a partition back: it waits for a claim again, this node's before others', and goes on at its checkpoint. Nothing happens where the fence has moved.</summary>
    ValueTask ReleasePartitionAsync(StepExecutionId partition, long fence, CancellationToken cancellationToken);

    /// <summary>How many partitions of a step wait and run. One that three nodes in a row died with, without a chunk committed, is ended as failed here (<c>Quarantined</c>).</summary>
    ValueTask<PartitionStand> WatchPartitionsAsync(JobExecutionId execution, string stepName, CancellationToken cancellationToken);

    /// <summary>For each step and partition of the instance its latest execution, with what earlier ones committed.</summary>
    /// <remarks>A step that was begun anew after it had completed has only what came since, and only the partitions since.</remarks>
    ValueTask<IReadOnlyList<StepHistory>> ListStepHistoryAsync(JobInstanceId instance, CancellationToken cancellationToken);

    /// <summary>Asks a running execution to stop; its owner ends it at the next chunk boundary.</summary>
    ValueTask<StopAnswer> RequestStopAsync(JobExecutionId execution, CancellationToken cancellationToken);

    /// <summary>Gives up a stopped or failed execution for good, if it is the latest of its instance.</summary>
    ValueTask<AbandonAnswer> AbandonAsync(JobExecutionId execution, CancellationToken cancellationToken);

    /// <summary>Ends executions whose owner is gone: their lease expired, or their node is one of <paramref name="deadNodes"/>. Answers those it ended.</summary>
    /// <remarks>
    /// They become <see cref="BatchStatus.Failed"/>, or <see cref="BatchStatus.Stopped"/> where a stop was asked for; fences move, so a late owner cannot commit.
    /// What is <paramref name="atWork"/> is passed over: the calling process runs it, so it lives, however late its renewals are.
    /// </remarks>
    ValueTask<IReadOnlyList<JobExecution>> RecoverAsync(IReadOnlyCollection<string> deadNodes, IReadOnlyCollection<JobExecutionId> atWork, CancellationToken cancellationToken);

    /// <summary>Nodes that hold a running execution now.</summary>
    ValueTask<IReadOnlyList<string>> ListActiveNodesAsync(CancellationToken cancellationToken);

    /// <summary>The execution, or null.</summary>
    ValueTask<JobExecution?> FindExecutionAsync(JobExecutionId id, CancellationToken cancellationToken);

    /// <summary>The latest execution of the instance with these identifying parameters, or null.</summary>
    ValueTask<JobExecution?> FindLastExecutionAsync(string jobName, string instanceKey, CancellationToken cancellationToken);

    /// <summary>A page of executions, newest first.</summary>
    ValueTask<IReadOnlyList<JobExecution>> ListExecutionsAsync(ExecutionFilter filter, CancellationToken cancellationToken);

    /// <summary>The steps and partitions of an execution, in the order of their start.</summary>
    ValueTask<IReadOnlyList<StepExecution>> ListStepsAsync(JobExecutionId execution, CancellationToken cancellationToken);

    /// <summary>A page of dead letters, oldest first.</summary>
    ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken);

    /// <summary>Marks dead letters as re-driven, within the chunk transaction that writes them.</summary>
    /// <exception cref="RepositoryException">Not all of them are open any more, for another execution has run them: the chunk must not commit. In memory its commit says so.</exception>
    ValueTask MarkRedrivenAsync(IReadOnlyCollection<long> deadLetters, IChunkTransaction transaction, CancellationToken cancellationToken);

    /// <summary>How many items the committed chunks of a partitioned step have skipped, over all its partitions and all executions of the instance, since it last completed.</summary>
    /// <remarks>
    /// Other chunks that ask for it wait until this chunk's transaction is over, so that a limit holds however many processes share the step.
    /// Where the chunk commits to a target database they do not wait: then chunks that commit at the same time may pass the limit together.
    /// </remarks>
    ValueTask<long> CountSkipsAsync(JobInstanceId instance, string stepName, IChunkTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Deletes one bite of instances whose executions all ended before the given instant, with everything that hangs on them.</summary>
    /// <returns>How many job executions it deleted; 0 when nothing is left to delete.</returns>
    ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int maxExecutions, CancellationToken cancellationToken);
}
