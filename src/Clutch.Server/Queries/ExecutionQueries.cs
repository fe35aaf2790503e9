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
    // Of one execution, with its place in the order of ids: 100,000 partitions make 100 pages of a thousand.
    private const string StepPage = $"""
        SELECT {StepExecutionRow.Columns}
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id AND id > @after
        ORDER BY id
        LIMIT @limit
        """;

    private const string StepPageOfStep = $"""
        SELECT {StepExecutionRow.Columns}
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id AND id > @after AND step_name = @step_name
        ORDER BY id
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

    /// <summary>A page of the execution's steps and partitions, in the order of their creation.</summary>
    public async Task<Page<StepView>> ListStepsAsync(long execution, string? step, long after, int limit, CancellationToken cancellationToken)
    {
        var statement = new Statement(step is null ? StepPage : StepPageOfStep)
            .With("job_execution_id", execution).With("after", after).With("step_name", step).With("limit", limit + 1);
        var found = await database.QueryAsync(statement, Rows.All(ReadStep), cancellationToken);
        var shown = found.Take(limit).Select(Views.Of).ToList();
        return new(shown, found.Count > limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>How far the execution is, or null.</summary>
    public async Task<ProgressView?> FindProgressAsync(long id, CancellationToken cancellationToken) =>
        await progress.ListAsync([id], cancellationToken) is [var only] ? only : null;

    private StepExecution ReadStep(DbDataReader row) => StepExecutionRow.Read(row, database.Database);
}
