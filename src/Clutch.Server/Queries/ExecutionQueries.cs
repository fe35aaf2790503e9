using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Repository;
using Clutch.Server.Storage;

namespace Clutch.Server.Queries;

/// <summary>What ran and runs: for endpoints and pages alike.</summary>
internal sealed class ExecutionQueries(ServerDatabase database, IJobRepository repository, ProgressQueries progress, StatisticsQueries statistics, AutoRestart restarts)
{
    // What only its status says: a chart of a thousand partitions reads none of their figures.
    private const string SpanColumns = "id, step_name, partition_name, status, started_at, ended_at";

    private const string StepSpans = $"""
        SELECT {SpanColumns}
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id AND partition_name IS NULL
        ORDER BY id
        """;

    private const string StepCounts = """
        SELECT CASE WHEN partition_name IS NULL THEN 0 ELSE 1 END AS is_partition, status, count(*)
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id AND step_name = @step_name
        GROUP BY 1, 2
        ORDER BY 1, 2
        """;

    // A later attempt at the instance stands for itself, whether it runs, failed too or completed.
    private const string Unresolved = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution AS failed
        WHERE status = 'Failed' AND NOT EXISTS (
            SELECT 1 FROM clutch_job_execution AS later WHERE later.instance_id = failed.instance_id AND later.id > failed.id)
        ORDER BY id DESC
        LIMIT @limit
        """;

    /// <summary>A page, newest first; one more is read than shown, to know whether there is a next page.</summary>
    public async Task<Page<ExecutionView>> ListAsync(ExecutionFilter filter, CancellationToken cancellationToken)
    {
        var found = await repository.ListExecutionsAsync(filter with { Limit = filter.Limit + 1 }, cancellationToken);
        var shown = found.Take(filter.Limit).Select(Views.Line).ToList();
        return new(shown, found.Count > filter.Limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>The execution, or null.</summary>
    public async Task<ExecutionView?> FindAsync(long id, CancellationToken cancellationToken) =>
        await repository.FindExecutionAsync(new(id), cancellationToken) is { } execution ? Views.Of(execution) : null;

    /// <summary>The execution with its steps and what is expected of it, or null.</summary>
    public async Task<ExecutionDetails?> FindDetailsAsync(long id, CancellationToken cancellationToken)
    {
        if (await repository.FindExecutionAsync(new(id), cancellationToken) is not { } execution)
            return null;
        var steps = await progress.ListAsync([id], cancellationToken);
        var verdict = execution.Status is BatchStatus.Failed ? await restarts.DecideAsync(execution, cancellationToken) : null;
        var durations = await statistics.ListDurationsAsync([execution.JobName], StatisticsQueries.DurationRuns, cancellationToken);
        return new()
        {
            Execution = Views.Of(execution),
            Steps = steps is [var only] ? only.Steps : [],
            RestartsAt = (verdict as RestartVerdict.RestartAt)?.Instant,
            GaveUpBecause = (verdict as RestartVerdict.GiveUp)?.Reason,
            Expected = durations.GetValueOrDefault(execution.JobName)?.Duration,
        };
    }

    /// <summary>The latest failures after which nothing was tried, newest first.</summary>
    public async Task<IReadOnlyList<ExecutionView>> ListUnresolvedAsync(int limit, CancellationToken cancellationToken)
    {
        var found = await database.QueryAsync(new Statement(Unresolved).With("limit", limit), Rows.All(row => JobExecutionRow.Read(row, database.Database)), cancellationToken);
        return [.. found.Select(Views.Line)];
    }

    /// <summary>A page of the execution's steps and partitions, in the order of their creation.</summary>
    public async Task<Page<StepView>> ListStepsAsync(StepFilter filter, CancellationToken cancellationToken)
    {
        var found = await database.QueryAsync(StepPage(filter), Rows.All(ReadStep), cancellationToken);
        var shown = found.Take(filter.Limit).Select(Views.Of).ToList();
        return new(shown, found.Count > filter.Limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>When each of the execution's steps ran, in the order of their creation; without their partitions, of which there may be very many.</summary>
    public async Task<IReadOnlyList<StepSpan>> ListStepSpansAsync(long execution, CancellationToken cancellationToken) =>
        await database.QueryAsync(new Statement(StepSpans).With("job_execution_id", execution), Rows.All(ReadSpan), cancellationToken);

    /// <summary>When the first of the execution's partitions ran, in the order of their creation.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="step">Only of this step, or null for all.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<IReadOnlyList<StepSpan>> ListPartitionSpansAsync(long execution, string? step, int limit, CancellationToken cancellationToken)
    {
        var statement = new Statement($"""
            SELECT {SpanColumns}
            FROM clutch_step_execution
            WHERE job_execution_id = @job_execution_id AND partition_name IS NOT NULL {(step is null ? "" : "AND step_name = @step_name")}
            ORDER BY id
            LIMIT @limit
            """).With("job_execution_id", execution).With("step_name", step).With("limit", limit);
        return await database.QueryAsync(statement, Rows.All(ReadSpan), cancellationToken);
    }

    /// <summary>How many of the step's partitions, or of its own executions, stand where. Empty where the execution has no such step.</summary>
    public async Task<IReadOnlyList<StepCount>> ListStepCountsAsync(long execution, string step, CancellationToken cancellationToken)
    {
        var statement = new Statement(StepCounts).With("job_execution_id", execution).With("step_name", step);
        return await database.QueryAsync(
            statement, Rows.All(row => new StepCount(row.GetInt32(0) == 1, Enum.Parse<ExecutionStatus>(row.GetString(1)), row.GetInt64(2))), cancellationToken);
    }

    /// <summary>How far the execution is, or null.</summary>
    public async Task<ProgressView?> FindProgressAsync(long id, CancellationToken cancellationToken) =>
        await progress.ListAsync([id], cancellationToken) is [var only] ? only : null;

    // Of one execution, with its place in the order of ids: 100,000 partitions make 100 pages of a thousand.
    private static Statement StepPage(StepFilter filter) => new Statement($"""
        SELECT {StepExecutionRow.Columns}
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id AND id > @after
            {(filter.Step is null ? "" : "AND step_name = @step_name")} {(filter.Status is null ? "" : "AND status = @status")} {(filter.IsPartition ? "AND partition_name IS NOT NULL" : "")}
        ORDER BY id
        LIMIT @limit
        """)
        .With("job_execution_id", filter.Execution)
        .With("after", filter.After)
        .With("step_name", filter.Step)
        .With("status", filter.Status?.ToString())
        .With("limit", filter.Limit + 1);

    private StepSpan ReadSpan(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.Text(2), Enum.Parse<ExecutionStatus>(row.GetString(3)), row.Instant(4, database.Database), row.Instant(5, database.Database));

    private StepExecution ReadStep(DbDataReader row) => StepExecutionRow.Read(row, database.Database);
}
