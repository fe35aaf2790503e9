using Clutch.Relational.Jobs;

namespace Clutch.Sqlite.Jobs;

/// <summary>The job repository in a SQLite file; leases run on the machine's clock.</summary>
internal sealed class SqliteJobRepository(SqliteDatabase database, TimeProvider timeProvider)
    : RelationalJobRepository(database, Statements, SqliteMigrations.Repository(database), timeProvider)
{
    private static readonly RepositoryStatements Statements = new()
    {
        RepositoryId = "SELECT id FROM clutch_repository",
        EnterInstance = LaunchSql.EnterInstance,
        EnterInstanceOf = LaunchSql.EnterInstanceOf,
        CountRunning = LaunchSql.CountRunning,
        InsertExecution = LaunchSql.InsertExecution,
        ExpireExecution = LaunchSql.ExpireExecution,
        ExpireExecutions = LaunchSql.ExpireExecutions,
        ExpireSteps = LaunchSql.ExpireSteps,
        RenewLease = OwnerSql.RenewLease,
        StartStep = OwnerSql.StartStep,
        EndStep = OwnerSql.EndStep,
        EndJob = OwnerSql.EndJob,
        RequestStop = OwnerSql.RequestStop,
        Abandon = OwnerSql.Abandon,
        ActiveNodes = OwnerSql.ActiveNodes,
        CreatePartitions = PartitionSql.CreatePartitions,
        ClaimPartition = PartitionSql.ClaimPartition,
        TakeOverPartition = PartitionSql.TakeOverPartition,
        RenewPartitions = PartitionSql.RenewPartitions,
        ReleasePartition = PartitionSql.ReleasePartition,
        WatchPartitions = PartitionSql.WatchPartitions,
        CommitChunk = ChunkSql.CommitChunk,
        CatchUpChunk = ChunkSql.CatchUpChunk,
        InsertDeadLetters = ChunkSql.InsertDeadLetters,
        FindCommit = ChunkSql.FindCommit,
        // A transaction that may write is alone already.
        HoldInstance = "SELECT id FROM clutch_job_instance WHERE id = @instance_id",
        MarkRedriven = ChunkSql.MarkRedriven,
        PurgeCandidates = RetentionSql.PurgeCandidates,
        PurgeConfirmed = RetentionSql.PurgeConfirmed,
        DeleteInstanceDetails = RetentionSql.DeleteInstanceDetails,
        DeleteExecutions = RetentionSql.DeleteExecutions,
        DeleteInstances = RetentionSql.DeleteInstances,
    };
}
