using Clutch.Relational.Jobs;

namespace Clutch.PostgreSql.Jobs;

/// <summary>The job repository in PostgreSQL; leases run on the server's clock.</summary>
internal sealed class PostgreSqlJobRepository(PostgreSqlDatabase database, TimeProvider timeProvider)
    : RelationalJobRepository(database, Statements, PostgreSqlMigrations.Repository(database), timeProvider)
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
        HoldInstance = LaunchSql.HoldInstance,
        MarkRedriven = ChunkSql.MarkRedriven,
        PurgeCandidates = RetentionSql.PurgeCandidates,
        PurgeConfirmed = RetentionSql.PurgeConfirmed,
        DeleteInstanceDetails = RetentionSql.DeleteInstanceDetails,
        DeleteExecutions = RetentionSql.DeleteExecutions,
        DeleteInstances = RetentionSql.DeleteInstances,
    };
}
