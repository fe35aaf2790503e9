using Clutch.Executions;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Jobs;

/// <summary>What a job execution needs from its surroundings.</summary>
internal sealed record JobRunServices(
    ResilientJobRepository Repository,
    IServiceScopeFactory Scopes,
    TimeProvider TimeProvider,
    TimeSpan LeaseDuration,
    ILogger Logger,
    IFaultInjector? Faults);

/// <summary>One job execution at work in this process.</summary>
public sealed class JobRun
{
    private readonly JobDefinition _definition;
    private readonly JobRunServices _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly Lock _lock = new();
    private readonly List<StepProgress> _progress = [];
    private volatile bool _isLeaving;
    private volatile bool _isStopWanted;

    internal JobRun(JobDefinition definition, JobExecution execution, JobRunServices services)
    {
        _definition = definition;
        _services = services;
        Execution = execution;
        Completion = Task.Run(RunAsync);
    }

    /// <summary>The execution as it was launched.</summary>
    public JobExecution Execution { get; }

    /// <summary>Done when the execution has ended and its end is recorded; its result is the execution as it ended.</summary>
    /// <remarks>It never throws for a failed job: look at <see cref="JobExecution.Status"/>. A lost lease leaves the execution as its new owner has it.</remarks>
    public Task<JobExecution> Completion { get; }

    /// <summary>How far the steps of this execution are, in the order of their start.</summary>
    public IReadOnlyList<StepProgressSnapshot> Progress
    {
        get
        {
            lock (_lock)
                return [.. _progress.Select(progress => progress.Snapshot)];
        }
    }

    /// <summary>Whether it was asked to stop.</summary>
    public bool IsStopRequested => _stopping.IsCancellationRequested;

    /// <summary>Whether it stopped only because this process leaves (<see cref="Leave"/>): nobody asked for the stop, so another process may go on with it. The exit code <c>HandedBack</c> says so for good. Known once <see cref="Completion"/> is done.</summary>
    public bool IsHandedBack { get; private set; }

    internal CancellationToken Stopping => _stopping.Token;

    internal CancellationToken Aborted => _aborted.Token;

    internal PartitionsAtWork AtWork { get; } = new();

    internal JobRunServices Services => _services;

    internal JobLease Lease => new(Execution.Id, Execution.Fence, Execution.Node);

    internal ContextValues State { get; private set; } = new();

    /// <summary>Asks it to stop at the next chunk boundary.</summary>
    public void RequestStop()
    {
        // A stop after the end is harmless; the sources live as long as this object.
        _stopping.Cancel();
    }

    /// <summary>Asks it to stop at the next chunk boundary because this process leaves.</summary>
    public void Leave()
    {
        _isLeaving = true;
        RequestStop();
    }

    /// <summary>Asks it to stop because an operator wants it: then nobody goes on with it, although this process leaves as well.</summary>
    internal void Stop()
    {
        _isStopWanted = true;
        RequestStop();
    }

    internal void Abort() => _aborted.Cancel();

    internal StepProgress AddProgress(string stepName, double? fraction)
    {
        var progress = new StepProgress(stepName, _services.TimeProvider, fraction);
        lock (_lock)
            _progress.Add(progress);
        return progress;
    }

    private async Task<JobExecution> RunAsync()
    {
        var startedAt = _services.TimeProvider.GetTimestamp();
        using var activity = ClutchMetrics.Activities.StartActivity($"job {_definition.Name}");
        activity?.SetTag("clutch.job.execution.id", Execution.Id.Value);
        ClutchMetrics.JobStarted(_definition.Name);
        _services.Logger.JobStarted(_definition.Name, Execution.Id.Value, Execution.Attempt);
        await using var scope = _services.Scopes.CreateAsyncScope();
        JobExecution ended;
        await using (new LeaseKeeper(this))
            ended = await RunUnderLeaseAsync(scope.ServiceProvider);
        var elapsed = _services.TimeProvider.GetElapsedTime(startedAt);
        ClutchMetrics.JobEnded(_definition.Name, ended.Status.ToString(), elapsed);
        _services.Logger.JobEnded(_definition.Name, ended.Status.ToString(), Execution.Id.Value, elapsed.TotalSeconds);
        return ended;
    }

    private async Task<JobExecution> RunUnderLeaseAsync(IServiceProvider services)
    {
        var listeners = new List<IBatchListener>();
        FlowOutcome outcome;
        try
        {
            State = new(Execution.Context);
            listeners.AddRange(_definition.Listeners.Select(create => create(services)));
            listeners.AddRange(services.GetServices<IBatchListener>());
            foreach (var listener in listeners)
                await listener.BeforeJobAsync(Execution, _aborted.Token);
            outcome = await WalkAsync(services, listeners);
        }
        catch (Exception fault) when (IsLost(fault))
        {
            return await LeaveAsync(fault);
        }
        catch (Exception fault)
        {
            outcome = FlowOutcome.Failed(fault);
        }

        return await EndAsync(outcome, listeners);
    }

    // Whatever was under way when the lease was lost ends as a cancellation.
    private bool IsLost(Exception fault) => fault is LeaseLostException || _aborted.IsCancellationRequested;

    private async Task<FlowOutcome> WalkAsync(IServiceProvider services, IReadOnlyList<IBatchListener> listeners)
    {
        if (_definition.Flow.First is null)
        {
            _services.Logger.JobWithoutSteps(_definition.Name, Execution.Id.Value);
            return new(BatchStatus.Completed, "NoSteps");
        }

        var history = Execution.Attempt == 1 ? [] : await _services.Repository.ListStepHistoryAsync(Execution.InstanceId, _aborted.Token);
        var runner = new StepRunner(this, services, listeners, history);
        return await new FlowWalk(this, runner, services).RunAsync(_definition.Flow, Execution.RestartAt);
    }

    private async Task<JobExecution> EndAsync(FlowOutcome outcome, List<IBatchListener> listeners)
    {
        // As recovery has it: what fails on its way to a stop is stopped, and nobody but a person takes it up.
        var isStopped = outcome.Status is BatchStatus.Failed && IsStopRequested && !_isLeaving;
        var end = new JobEnd
        {
            Lease = Lease,
            Status = isStopped ? BatchStatus.Stopped : outcome.Status,
            ExitCode = isStopped ? nameof(BatchStatus.Stopped) : outcome.ExitCode,
            Failure = outcome.Fault is null ? null : Failure.From(outcome.Fault),
            Context = State.Pending?.Json,
            // An attempt that came to nothing leaves the next one where it was to begin itself.
            RestartAt = outcome.RestartAt ?? (outcome.Status is BatchStatus.Completed ? null : Execution.RestartAt),
        };
        if (outcome.Status is BatchStatus.Failed)
            _services.Logger.JobFailed(_definition.Name, Execution.Id.Value, outcome.Fault);
        try
        {
            IsHandedBack = await IsLeftAsync(outcome);
            if (IsHandedBack)
                end = end with { ExitCode = JobExecution.HandedBack };
            _services.Faults?.Reach(FaultPoint.BeforeJobEnd);
            if (await _services.Repository.EndJobAsync(end, _aborted.Token) is LeaseAnswer.Lost)
                return await LeaveAsync(fault: null);
        }
        catch (Exception fault) when (IsLost(fault))
        {
            return await LeaveAsync(fault);
        }
        catch (Exception fault)
        {
            _services.Logger.EndNotRecorded(Execution.Id.Value, fault);
            return Execution with { Status = BatchStatus.Failed, Failure = Failure.From(fault), ExitCode = nameof(BatchStatus.Failed) };
        }

        var ended = Execution with
        {
            Status = end.Status,
            ExitCode = end.ExitCode,
            Failure = end.Failure,
            RestartAt = end.RestartAt,
            EndedAt = _services.TimeProvider.GetUtcNow(),
        };
        await TellAsync(ended, listeners);
        return ended;
    }

    // A stop that the flow or an operator wanted holds, whatever this process does.
    private async ValueTask<bool> IsLeftAsync(FlowOutcome outcome) =>
        _isLeaving && !_isStopWanted && outcome is { Status: BatchStatus.Stopped, RestartAt: null } && (await _services.Repository.FindExecutionAsync(Execution.Id, _aborted.Token))?.Status is not BatchStatus.Stopping;

    private async Task TellAsync(JobExecution ended, List<IBatchListener> listeners)
    {
        foreach (var listener in listeners)
        {
            try
            {
                await listener.AfterJobAsync(ended, CancellationToken.None);
            }
            catch (Exception fault)
            {
                _services.Logger.ListenerFailed("the end", Execution.Id.Value, fault);
            }
        }
    }

    /// <summary>Another owner has it: nothing is recorded, and what is answered is what the repository knows.</summary>
    private async Task<JobExecution> LeaveAsync(Exception? fault)
    {
        _services.Logger.LeaseLost(Execution.Id.Value, fault);
        try
        {
            return await _services.Repository.Inner.FindExecutionAsync(Execution.Id, CancellationToken.None) ?? Lost(fault);
        }
        catch (Exception unreachable)
        {
            return Lost(unreachable);
        }
    }

    private JobExecution Lost(Exception? fault) => Execution with
    {
        Status = BatchStatus.Failed,
        ExitCode = nameof(BatchStatus.Failed),
        Failure = fault is null ? null : Failure.From(fault),
    };
}
