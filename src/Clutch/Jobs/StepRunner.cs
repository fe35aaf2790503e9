using Clutch.Executions;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Jobs;

/// <summary>Runs single steps of a job execution and records their beginning and end.</summary>
internal sealed class StepRunner(JobRun job, IServiceProvider services, IReadOnlyList<IBatchListener> listeners, IReadOnlyList<StepHistory> history)
{
    private readonly Dictionary<string, StepHistory> _history = history.Where(step => step.Last.Partition is null).ToDictionary(step => step.Last.StepName, StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _recording = new(1, 1);

    /// <summary>Runs the step, or passes over it where an earlier execution completed it.</summary>
    public async Task<StepOutcome> RunAsync(StepDefinition step)
    {
        var known = await FindKnownAsync(step.Name);
        if (known is { Last.Status: BatchStatus.Completed } && !step.RunsAgainOnRestart)
            return PassOver(known.Last);
        var startCount = (known?.Last.StartCount ?? 0) + 1;
        if (step.StartLimit is { } limit && startCount > limit)
            throw new InvalidOperationException(
                $"Step '{step.Name}' has begun {limit} times in this job instance, as often as its start limit allows. Raise the limit, or abandon the execution.");
        return await RunAsync(step, known is { Last.Status.IsRestartable: true } ? known : null, startCount);
    }

    private StepOutcome PassOver(StepExecution completed)
    {
        NoteCompleted(completed);
        return new() { Status = BatchStatus.Completed, ExitCode = completed.ExitCode ?? nameof(BatchStatus.Completed), Counts = completed.Counts, IsPassedOver = true };
    }

    private async ValueTask<StepHistory?> FindKnownAsync(string stepName)
    {
        lock (_history)
        {
            if (!_failed.Contains(stepName))
                return _history.GetValueOrDefault(stepName);
        }

        var latest = await job.Services.Repository.ListStepHistoryAsync(job.Execution.InstanceId, job.Aborted);
        return latest.FirstOrDefault(step => step.Last.StepName == stepName && step.Last.Partition is null);
    }

    private async Task<StepOutcome> RunAsync(StepDefinition step, StepHistory? resumed, int startCount)
    {
        var execution = await StartAsync(step, resumed?.Last, startCount);
        var progress = job.AddProgress(step.Name, execution.Fraction);
        await using var scope = services.CreateAsyncScope();
        var run = CreateRun(execution, resumed, progress, scope.ServiceProvider);
        var startedAt = job.Services.TimeProvider.GetTimestamp();
        using var activity = ClutchMetrics.Activities.StartActivity($"step {step.Name}");
        job.Services.Logger.StepStarted(step.Name, job.Execution.Id.Value);

        var outcome = await RunBetweenListenersAsync(step, run);

        await EndAsync(run, outcome);
        progress.End(outcome.Status, outcome.Counts);
        ClutchMetrics.StepEnded(run.Context, outcome.Status, job.Services.TimeProvider.GetElapsedTime(startedAt));
        return outcome;
    }

    private async Task<StepExecution> StartAsync(StepDefinition step, StepExecution? resumed, int startCount)
    {
        var start = new StepStart
        {
            Lease = job.Lease,
            InstanceId = job.Execution.InstanceId,
            StepName = step.Name,
            StartCount = startCount,
            Checkpoint = resumed?.Checkpoint,
            Fraction = resumed?.Fraction,
            Context = resumed?.Context,
            LeaseDuration = job.Services.LeaseDuration,
        };
        return await job.Services.Repository.StartStepAsync(start, job.Aborted)
            ?? throw new LeaseLostException($"The lease of job execution {job.Execution.Id} went to another owner.");
    }

    private StepRun CreateRun(StepExecution execution, StepHistory? resumed, StepProgress progress, IServiceProvider scoped) => new()
    {
        Context = new()
        {
            JobName = job.Execution.JobName,
            StepName = execution.StepName,
            InstanceId = execution.InstanceId,
            JobExecutionId = execution.JobExecutionId,
            StepExecutionId = execution.Id,
            Parameters = job.Execution.Parameters,
            Services = scoped,
            TimeProvider = job.Services.TimeProvider,
            State = new(execution.Context),
            JobState = job.State,
            IsRestart = execution.StartCount > 1,
        },
        Execution = execution,
        Earlier = resumed?.Committed ?? default,
        IsResumed = resumed is not null,
        Repository = job.Services.Repository,
        Lease = job.Lease,
        LeaseDuration = job.Services.LeaseDuration,
        AtWork = job.AtWork,
        Listeners = listeners,
        Logger = job.Services.Logger,
        Progress = progress,
        Faults = job.Services.Faults,
        Stopping = job.Stopping,
        Aborted = job.Aborted,
        RequestStop = job.RequestStop,
    };

    private async Task<StepOutcome> RunBetweenListenersAsync(StepDefinition step, StepRun run)
    {
        StepOutcome outcome;
        try
        {
            foreach (var listener in listeners)
                await listener.BeforeStepAsync(run.Context, job.Aborted);
            outcome = await step.RunAsync(run);
        }
        catch (Exception fault) when (fault is not LeaseLostException)
        {
            outcome = new() { Status = BatchStatus.Failed, ExitCode = nameof(BatchStatus.Failed), Fault = fault };
        }

        foreach (var listener in listeners)
            await TellAsync(listener, run, outcome);
        return outcome;
    }

    private async Task TellAsync(IBatchListener listener, StepRun run, StepOutcome outcome)
    {
        try
        {
            await listener.AfterStepAsync(run.Context, outcome, job.Aborted);
        }
        catch (Exception fault)
        {
            job.Services.Logger.ListenerFailed($"step {run.Context.StepName}", job.Execution.Id.Value, fault);
        }
    }

    private async Task EndAsync(StepRun run, StepOutcome outcome)
    {
        run.Reach(FaultPoint.BeforeStepEnd);
        if (await RecordEndAsync(run, outcome) is LeaseAnswer.HeldStopRequested)
            job.RequestStop();
        if (outcome.Status is BatchStatus.Completed)
            NoteCompleted(run.Execution);
        else
            NoteFailed(run.Execution);
        job.Services.Logger.StepEnded(
            run.Context.StepName, outcome.Status.ToString(), job.Execution.Id.Value, outcome.Counts.Read, outcome.Counts.Written, outcome.Counts.Filtered, outcome.Counts.Skipped);
    }

    /// <summary>One flow of a split at a time: an end that comes in late would put an older state of the job in place of a newer one.</summary>
    private async Task<LeaseAnswer> RecordEndAsync(StepRun run, StepOutcome outcome)
    {
        await _recording.WaitAsync(job.Aborted);
        try
        {
            var jobState = job.State.Pending;
            var answer = await job.Services.Repository.EndStepAsync(EndOf(run, outcome) with { JobContext = jobState?.Json }, job.Execution.Id, job.Aborted);
            if (answer is LeaseAnswer.Lost)
                throw new LeaseLostException($"The lease of step execution {run.Execution.Id} went to another owner.");
            if (jobState is { } stored)
                job.State.MarkStored(stored.Version);
            return answer;
        }
        finally
        {
            _recording.Release();
        }
    }

    private static StepEnd EndOf(StepRun run, StepOutcome outcome) => new()
    {
        StepExecutionId = run.Execution.Id,
        Fence = run.Execution.Fence,
        Status = outcome.Status,
        ExitCode = outcome.ExitCode,
        Counts = outcome.Counts,
        Uncommitted = outcome.Uncommitted,
        Failure = outcome.Fault is null ? null : Failure.From(outcome.Fault),
        // What a chunk that failed had changed in the step context goes the way of the chunk.
        Context = outcome.Status is BatchStatus.Completed || outcome.KeepsState ? run.Context.State.Pending?.Json : null,
    };

    /// <summary>A flow that comes back to a step which has completed runs it again from the start; only its start count goes on.</summary>
    private void NoteCompleted(StepExecution execution)
    {
        lock (_history)
        {
            _failed.Remove(execution.StepName);
            _history[execution.StepName] = new(execution with { Status = BatchStatus.Abandoned }, default);
        }
    }

    /// <summary>A flow that comes back to a step which has failed goes on at its checkpoint, as a restart does: the repository knows it.</summary>
    private void NoteFailed(StepExecution execution)
    {
        lock (_history)
            _failed.Add(execution.StepName);
    }
}
