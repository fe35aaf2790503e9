using System.Globalization;
using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Repository;
using Clutch.Steps;

namespace Clutch.Launching;

/// <summary>What the restart policy says of a failed execution, and what becomes of one that its process left.</summary>
public abstract record RestartVerdict
{
    private RestartVerdict()
    {
    }

    /// <summary>It is to be restarted at this instant (UTC).</summary>
    public sealed record RestartAt(DateTimeOffset Instant) : RestartVerdict;

    /// <summary>It is not restarted any more; a person must look.</summary>
    public sealed record GiveUp(string Reason) : RestartVerdict;

    /// <summary>The policy does not speak of it: it did not fail and was not left, or is not its instance's latest.</summary>
    public sealed record None : RestartVerdict;
}

/// <summary>Applies a job's restart policy to the history of an instance.</summary>
internal sealed class RestartDecider(IJobRepository repository)
{
    private const int MaxLostLeases = 3;
    private static readonly TimeSpan BudgetWindow = TimeSpan.FromHours(1);

    /// <summary>How far back attempts are counted: more than any policy allows, and a bound on what one look costs.</summary>
    private const int HistoryLimit = 110;

    /// <summary>What the policy says of an execution; <paramref name="job"/> is null where this program does not host it.</summary>
    public async Task<RestartVerdict> DecideAsync(JobDefinition? job, RestartPolicy policy, JobExecution execution, CancellationToken cancellationToken)
    {
        var history = await ListHistoryAsync(execution, cancellationToken);
        if (!IsLatest(execution, history))
            return new RestartVerdict.None();
        if (execution.IsHandedBack)
            return AtOnce(execution);
        if (execution.Status is not BatchStatus.Failed)
            return new RestartVerdict.None();
        var standing = await WithoutProgressAsync(job, history, cancellationToken);
        var verdict = IsLostLease(execution) ? AfterLostLease(execution, standing) : AfterFailure(policy, execution, standing);
        return verdict is RestartVerdict.RestartAt ? WithinBudget(policy, execution, history) ?? verdict : verdict;
    }

    /// <summary>What becomes of an execution that its process left: a restart at once where a schedule fired it and no firing sees to it; what somebody launched by hand stays stopped.</summary>
    public async Task<RestartVerdict> DecideLeftAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        var history = await ListHistoryAsync(execution, cancellationToken);
        return IsLatest(execution, history) && execution.Parameters.All.ContainsKey(JobExecution.ScheduleParameter) && !IsFollowed(execution, history)
            ? AtOnce(execution)
            : new RestartVerdict.None();
    }

    private async Task<IReadOnlyList<JobExecution>> ListHistoryAsync(JobExecution execution, CancellationToken cancellationToken) =>
        await repository.ListExecutionsAsync(new() { InstanceId = execution.InstanceId, Limit = HistoryLimit }, cancellationToken);

    private static bool IsLatest(JobExecution execution, IReadOnlyList<JobExecution> history) => history.Count > 0 && history[0].Id == execution.Id;

    /// <summary>Whether a firing sees to it: it follows what it launched over dead nodes and those that leave, and ends with any other end.</summary>
    /// <remarks>A restart has the parameters of the execution that it takes up, those of the firing among them.</remarks>
    private static bool IsFollowed(JobExecution execution, IReadOnlyList<JobExecution> history)
    {
        var parameters = execution.Parameters.ToJson();
        return history.Skip(1).TakeWhile(earlier => earlier.Parameters.ToJson() == parameters).All(earlier => IsLostLease(earlier) || earlier.IsHandedBack);
    }

    private static RestartVerdict.RestartAt AtOnce(JobExecution execution) => new(execution.EndedAt ?? execution.StartedAt);

    /// <summary>The latest executions, newest first, back to and without the last one that got anything done.</summary>
    private async Task<List<JobExecution>> WithoutProgressAsync(JobDefinition? job, IReadOnlyList<JobExecution> history, CancellationToken cancellationToken)
    {
        var definitions = (job?.Flow.AllSteps() ?? []).ToLookup(step => step.Name, StringComparer.Ordinal);
        var standing = new List<JobExecution>();
        foreach (var execution in history.TakeWhile(execution => execution.Status is BatchStatus.Failed || execution.IsHandedBack))
        {
            standing.Add(execution);
            var steps = await repository.ListStepsAsync(execution.Id, cancellationToken);
            if (steps.Any(step => IsProgress(step, definitions[step.StepName].FirstOrDefault())))
                break;
        }

        return standing;
    }

    // A step that runs in each attempt completes in each. The row of a partitioned step sums up all attempts: only those of its partitions tell of this one.
    private static bool IsProgress(StepExecution step, StepDefinition? definition) => step.Status is BatchStatus.Completed
        ? definition is not { RunsAgainOnRestart: true }
        : step.Counts.Commits > 0 && (step.Partition is not null || definition is not PartitionedStep);

    private static RestartVerdict AfterLostLease(JobExecution execution, List<JobExecution> standing)
    {
        var lost = standing.TakeWhile(IsLostLease).Count();
        return lost >= MaxLostLeases
            ? new RestartVerdict.GiveUp($"{MaxLostLeases} nodes in a row died with it before a chunk was committed.")
            : AtOnce(execution);
    }

    private static RestartVerdict AfterFailure(RestartPolicy policy, JobExecution execution, List<JobExecution> standing)
    {
        var failures = standing.Where(other => other.Status is BatchStatus.Failed && !IsLostLease(other)).ToList();
        if (execution.Failure is { } failure && policy.Except?.Invoke(failure) == true)
            return new RestartVerdict.GiveUp($"The policy excepts {failure.Type}: {failure.Message}");
        // The first of the two may have got somewhere; the second began where it stopped and got nowhere.
        if (failures.Count >= 2 && IsSame(failures[0].Failure, failures[1].Failure))
            return new RestartVerdict.GiveUp($"Two attempts in a row ended at the same place with the same error: {execution.Failure?.Message}");
        if (failures.Count > policy.Attempts)
            return new RestartVerdict.GiveUp(string.Create(CultureInfo.InvariantCulture, $"{policy.Attempts} restarts did not help; the last error: {execution.Failure?.Message}"));
        return new RestartVerdict.RestartAt((execution.EndedAt ?? execution.StartedAt) + Wait(policy, failures.Count, execution.Id));
    }

    /// <summary>The end of a crash loop, which may get a little further each time; null where there is none.</summary>
    private static RestartVerdict.GiveUp? WithinBudget(RestartPolicy policy, JobExecution execution, IReadOnlyList<JobExecution> history)
    {
        if (policy.MaxRestartsPerHour is not { } restartsPerHour)
            return null;
        var since = (execution.EndedAt ?? execution.StartedAt) - BudgetWindow;
        // What was handed back or stopped by somebody is no fault of the job.
        var restarts = history.Zip(history.Skip(1), (later, earlier) => later.StartedAt > since && earlier.Status is BatchStatus.Failed).Count(isRestart => isRestart);
        return restarts >= Math.Max(restartsPerHour, policy.Attempts)
            ? new(string.Create(CultureInfo.InvariantCulture, $"It was restarted {restarts} times within an hour and failed each time, which is as often as it may be; the last error: {execution.Failure?.Message}"))
            : null;
    }

    internal static bool IsLostLease(JobExecution execution) => execution.Failure is { IsLostLease: true };

    private static bool IsSame(Failure? left, Failure? right) => left is not null && left.Type == right?.Type && Failure.WithoutValues(left.Message) == Failure.WithoutValues(right.Message);

    // The execution's id stands in for chance: every process that looks computes the same instant.
    private static TimeSpan Wait(RestartPolicy policy, int failureCount, JobExecutionId id)
    {
        var doubled = policy.Delay * Math.Pow(2, Math.Min(failureCount - 1, 20));
        var wait = doubled < policy.MaxDelay ? doubled : policy.MaxDelay;
        var share = (unchecked((ulong)id.Value * 0x9E3779B97F4A7C15) >> 11) / (double)(1UL << 53);
        return wait * (1 + (policy.Jitter * ((2 * share) - 1)));
    }
}
