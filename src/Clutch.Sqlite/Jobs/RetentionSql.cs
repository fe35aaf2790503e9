namespace Clutch.Sqlite.Jobs;

/// <summary>Deletes what ended long ago.</summary>
internal static class RetentionSql
{
    // An instance's latest execution decides, for it started after all others had ended. As many instances as hold max_executions, but always one.
    public const string PurgeCandidates = """
        SELECT id
        FROM clutch_job_instance
        WHERE id IN (
            SELECT instance_id
            FROM (
                SELECT instance_id, sum(attempt) OVER (ORDER BY ended_at, id) AS running_total, row_number() OVER (ORDER BY ended_at, id) AS place
                FROM (
                    SELECT id, instance_id, attempt, ended_at
                    FROM clutch_job_execution AS latest
                    WHERE ended_at < @ended_before
                        AND NOT EXISTS (SELECT 1 FROM clutch_job_execution AS later WHERE later.instance_id = latest.instance_id AND later.id > latest.id)
                    ORDER BY ended_at
                    LIMIT @max_executions) AS ended) AS counted
            WHERE running_total <= @max_executions OR place = 1)
        """;

    public const string PurgeConfirmed = """
        SELECT id
        FROM clutch_job_instance AS instance
        WHERE id IN (SELECT value FROM json_each(@ids))
            AND NOT EXISTS (
                SELECT 1
                FROM clutch_job_execution AS execution
                WHERE execution.instance_id = instance.id AND (execution.ended_at IS NULL OR execution.ended_at >= @ended_before))
        """;

    public const string DeleteInstanceDetails = """
        DELETE FROM clutch_dead_letter WHERE instance_id IN (SELECT value FROM json_each(@ids));
        DELETE FROM clutch_step_execution WHERE instance_id IN (SELECT value FROM json_each(@ids))
        """;

    public const string DeleteExecutions = "DELETE FROM clutch_job_execution WHERE instance_id IN (SELECT value FROM json_each(@ids))";

    public const string DeleteInstances = "DELETE FROM clutch_job_instance WHERE id IN (SELECT value FROM json_each(@ids))";
}
