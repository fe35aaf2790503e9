using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>What the repository shows. Plain SQL, the same for all stores.</summary>
internal static class RepositoryLists
{
    public const string Execution = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution
        WHERE id = @id
        """;

    public const string LastExecution = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution
        WHERE instance_id = (SELECT id FROM clutch_job_instance WHERE job_name = @job_name AND instance_key = @instance_key)
        ORDER BY id DESC
        LIMIT 1
        """;

    public const string Steps = $"""
        SELECT {StepExecutionRow.Columns}
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id
        ORDER BY CASE WHEN started_at IS NULL THEN 1 ELSE 0 END, started_at, id
        """;

    // A step that runs again after it has completed begins anew: what came before its first execution since then is left out.
    public const string StepHistory = $"""
        WITH whole AS (
            SELECT step_name, id, status, max(id) OVER (PARTITION BY step_name) AS last_id
            FROM clutch_step_execution
            WHERE instance_id = @instance_id AND partition_name IS NULL
        ),
        completed AS (
            SELECT step_name, max(id) AS id
            FROM whole
            WHERE status = 'Completed' AND id < last_id
            GROUP BY step_name
        ),
        begun AS (
            SELECT whole.step_name, min(whole.id) AS id
            FROM completed
            JOIN whole ON whole.step_name = completed.step_name AND whole.id > completed.id
            GROUP BY whole.step_name
        )
        SELECT {StepExecutionRow.Columns},
            sum_read, sum_written, sum_filtered, sum_read_skip, sum_process_skip, sum_write_skip, sum_commit, sum_rollback, sum_retry
        FROM (
            SELECT step.*,
                row_number() OVER (PARTITION BY step.step_name, step.partition_name ORDER BY step.id DESC) AS recency,
                CAST(sum(read_count - coalesce(uncommitted_read_count, 0)) OVER same AS bigint) AS sum_read,
                CAST(sum(written_count - coalesce(uncommitted_written_count, 0)) OVER same AS bigint) AS sum_written,
                CAST(sum(filtered_count - coalesce(uncommitted_filtered_count, 0)) OVER same AS bigint) AS sum_filtered,
                CAST(sum(read_skip_count - coalesce(uncommitted_read_skip_count, 0)) OVER same AS bigint) AS sum_read_skip,
                CAST(sum(process_skip_count - coalesce(uncommitted_process_skip_count, 0)) OVER same AS bigint) AS sum_process_skip,
                CAST(sum(write_skip_count - coalesce(uncommitted_write_skip_count, 0)) OVER same AS bigint) AS sum_write_skip,
                CAST(sum(commit_count - coalesce(uncommitted_commit_count, 0)) OVER same AS bigint) AS sum_commit,
                CAST(sum(rollback_count - coalesce(uncommitted_rollback_count, 0)) OVER same AS bigint) AS sum_rollback,
                CAST(sum(retry_count - coalesce(uncommitted_retry_count, 0)) OVER same AS bigint) AS sum_retry
            FROM clutch_step_execution AS step
            LEFT JOIN begun ON begun.step_name = step.step_name
            WHERE step.instance_id = @instance_id AND step.id >= coalesce(begun.id, 0)
            WINDOW same AS (PARTITION BY step.step_name, step.partition_name)
        ) AS history
        WHERE recency = 1
        ORDER BY id
        """;

    // The step's own row keeps the sums over its partitions, which must not count twice.
    public const string Skips = """
        SELECT CAST(coalesce(sum(
            read_skip_count - coalesce(uncommitted_read_skip_count, 0)
            + process_skip_count - coalesce(uncommitted_process_skip_count, 0)
            + write_skip_count - coalesce(uncommitted_write_skip_count, 0)), 0) AS bigint)
        FROM clutch_step_execution
        WHERE instance_id = @instance_id AND step_name = @step_name AND partition_name IS NOT NULL
            AND id > coalesce((
                SELECT min(begun.id)
                FROM clutch_step_execution AS begun
                WHERE begun.instance_id = @instance_id AND begun.step_name = @step_name AND begun.partition_name IS NULL
                    AND begun.id > (
                        SELECT max(completed.id)
                        FROM clutch_step_execution AS completed
                        WHERE completed.instance_id = @instance_id AND completed.step_name = @step_name AND completed.partition_name IS NULL
                            AND completed.status = 'Completed')), 0)
        """;

    // One text per combination of filters: a condition such as '@x IS NULL OR ...' would keep the indexes from being used.
    public static Statement Executions(ExecutionFilter filter)
    {
        var conditions = new List<string>(6);
        if (filter.JobName is not null)
            conditions.Add("job_name = @job_name");
        if (filter.Status is not null)
            conditions.Add("status = @status");
        if (filter.InstanceId is not null)
            conditions.Add("instance_id = @instance_id");
        if (filter.StartedFrom is not null)
            conditions.Add("started_at >= @started_from");
        if (filter.StartedBefore is not null)
            conditions.Add("started_at < @started_before");
        // A span alone is read in the order of its index: along the ids, all executions after it would be read first.
        var isSpanAlone = (filter.StartedFrom ?? filter.StartedBefore) is not null && conditions.TrueForAll(condition => condition.StartsWith("started_at", StringComparison.Ordinal));
        if (filter.Before is not null)
            conditions.Add(isSpanAlone ? "(started_at, id) < ((SELECT started_at FROM clutch_job_execution WHERE id = @before), @before)" : "id < @before");
        return new Statement($"""
            SELECT {JobExecutionRow.Columns}
            FROM clutch_job_execution
            {Where(conditions)}
            ORDER BY {(isSpanAlone ? "started_at DESC, id DESC" : "id DESC")}
            LIMIT @limit
            """)
            .With("job_name", filter.JobName)
            .With("status", filter.Status?.ToString())
            .With("instance_id", filter.InstanceId?.Value)
            .With("started_from", filter.StartedFrom)
            .With("started_before", filter.StartedBefore)
            .With("before", filter.Before?.Value)
            .With("limit", Math.Clamp(filter.Limit, 1, 1_000));
    }

    public static Statement DeadLetters(DeadLetterFilter filter)
    {
        var conditions = new List<string>(5) { "id > @after" };
        if (filter.InstanceId is not null)
            conditions.Add("instance_id = @instance_id");
        if (filter.JobName is not null)
            conditions.Add("instance_id IN (SELECT id FROM clutch_job_instance WHERE job_name = @job_name)");
        if (filter.StepName is not null)
            conditions.Add("step_name = @step_name");
        if (filter.Status is not null)
            conditions.Add("status = @status");
        return new Statement($"""
            SELECT {DeadLetterRow.Columns}
            FROM clutch_dead_letter
            {Where(conditions)}
            ORDER BY id
            LIMIT @limit
            """)
            .With("after", filter.After)
            .With("instance_id", filter.InstanceId?.Value)
            .With("job_name", filter.JobName)
            .With("step_name", filter.StepName)
            .With("status", filter.Status?.ToString())
            .With("limit", Math.Clamp(filter.Limit, 1, 10_000));
    }

    private static string Where(List<string> conditions) => conditions.Count == 0 ? string.Empty : "WHERE " + string.Join(" AND ", conditions);
}
