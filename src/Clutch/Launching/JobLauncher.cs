using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Launching;

/// <summary>What came of a launch or a restart.</summary>
/// <param name="Decision">What the repository decided.</param>
/// <param name="Run">
/// The execution at work in this process; null where nothing was started: the instance is complete, runs already or was abandoned, a later execution exists, a limit is reached, or there is no such execution.
/// <paramref name="Decision"/> says which.
/// </param>
public sealed record JobLaunch(LaunchDecision Decision, JobRun? Run);

/// <summary>Launches, restarts, stops and abandons jobs.</summary>
public sealed class JobLauncher
{
    private readonly JobCatalog _catalog;
    private readonly IJobRepository _repository;
    private readonly NodeIdentity _node;
    private readonly ClutchOptions _options;
    private readonly JobRunServices _services;
    private readonly ConcurrentDictionary<JobExecutionId, JobRun> _running = [];
    private int _takenCount;

    /// <summary>A launcher over these jobs and this repository.</summary>
    public JobLauncher(
        JobCatalog catalog,
        IJobRepository repository,
        NodeIdentity node,
        ClutchOptions options,
        IServiceScopeFactory scopes,
        TimeProvider timeProvider,
        ILogger<JobLauncher> logger,
        IEnumerable<IFaultInjector> faults)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _catalog = catalog;
        _repository = repository;
        _node = node;
        _options = options;
        var resilient = new ResilientJobRepository(repository, options.RepositoryRetry, timeProvider);
        _services = new(resilient, scopes, timeProvider, options.LeaseDuration, logger, faults.LastOrDefault());
    }

    /// <summary>The executions at work in this process.</summary>
    public IReadOnlyCollection<JobRun> Running => [.. _running.Values];

    /// <summary>Their ids.</summary>
    internal IReadOnlyCollection<JobExecutionId> RunningIds => [.. _running.Keys];

    /// <summary>Launches a job: a new instance, or a further execution of one that failed or was stopped. It answers as soon as the execution has begun; <see cref="JobRun.Completion"/> ends with it.</summary>
    /// <remarks>
    /// What refuses a launch is a <see cref="JobLaunch.Decision"/>, not an exception. The database must have its schema: <c>AddClutchWorker</c> and the commands of <c>RunClutchAsync</c> make it,
    /// <see cref="IJobRepository.MigrateAsync"/> does elsewhere.
    /// </remarks>
    /// <param name="jobName">The job.</param>
    /// <param name="parameters">Its parameters as text, in the invariant culture.</param>
    /// <param name="cancellationToken">Cancels the launch, not the run: <see cref="JobRun.RequestStop"/> stops that.</param>
    /// <exception cref="JobNotFoundException">This program hosts no such job.</exception>
    /// <exception cref="JobParametersException">The parameters do not fit; nothing was written.</exception>
    public async Task<JobLaunch> LaunchAsync(string jobName, IReadOnlyDictionary<string, string> parameters, CancellationToken cancellationToken = default)
    {
        var job = _catalog.Get(jobName);
        return await LaunchAsync(job, job.Bind(parameters), restartOf: null, cancellationToken);
    }

    /// <summary>Launches a job with parameters that the job checked (<c>JobDefinition.Bind</c>), and perhaps others that the launch itself adds, such as the time a schedule fired for.</summary>
    /// <remarks>All else is as with parameters given as text.</remarks>
    /// <param name="jobName">The job.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="cancellationToken">Cancels the launch, not the run.</param>
    /// <exception cref="JobNotFoundException">This program hosts no such job.</exception>
    public async Task<JobLaunch> LaunchAsync(string jobName, JobParameters parameters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return await LaunchAsync(_catalog.Get(jobName), parameters, restartOf: null, cancellationToken);
    }

    /// <summary>Launches a job on behalf of a step of another: the limit of this process does not hold for it, or the two would wait for each other.</summary>
    internal async Task<JobLaunch> LaunchNestedAsync(string jobName, IReadOnlyDictionary<string, string> parameters, CancellationToken cancellationToken)
    {
        var job = _catalog.Get(jobName);
        return await DecideAsync(job, job.Bind(parameters), restartOf: null, onEnd: null, cancellationToken);
    }

    /// <summary>Restarts a failed or stopped execution: completed steps are passed over, the others go on at their checkpoints. It answers as soon as the new execution has begun.</summary>
    /// <param name="execution">The latest execution of its instance.</param>
    /// <param name="cancellationToken">Cancels the launch, not the run.</param>
    /// <exception cref="JobNotFoundException">This program hosts no such job.</exception>
    public async Task<JobLaunch> RestartAsync(JobExecutionId execution, CancellationToken cancellationToken = default)
    {
        if (await _repository.FindExecutionAsync(execution, cancellationToken) is not { } known)
            return new(new LaunchDecision.Unknown(execution), Run: null);
        return await LaunchAsync(_catalog.Get(known.JobName), known.Parameters, execution, cancellationToken);
    }

    /// <summary>Runs the open dead letters of a step through its processors and writer again; what fails again stays open.</summary>
    /// <param name="execution">An execution of the instance that left them.</param>
    /// <param name="stepName">The step.</param>
    /// <param name="letter">The one letter to run, or null for all.</param>
    /// <param name="failureType">Only letters with an error of this type, as the letter names it; or null for all.</param>
    /// <param name="cancellationToken">Cancels the launch, not the run.</param>
    /// <exception cref="JobNotFoundException">This program does not host the job.</exception>
    /// <exception cref="InvalidOperationException">The step's dead letters cannot be run again; the message says why.</exception>
    public async Task<JobLaunch> RedriveAsync(JobExecutionId execution, string stepName, long? letter = null, string? failureType = null, CancellationToken cancellationToken = default)
    {
        if (await _repository.FindExecutionAsync(execution, cancellationToken) is not { } known)
            return new(new LaunchDecision.Unknown(execution), Run: null);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["instance"] = known.InstanceId.ToString(),
            [RedriveJob.RunParameter] = Guid.CreateVersion7(_services.TimeProvider.GetUtcNow()).ToString(),
        };
        if (letter is { } one)
            parameters["letter"] = JobParameters.Format(one);
        if (failureType is not null)
            parameters["failure"] = failureType;
        return await LaunchAsync(JobCatalog.RedriveNameOf(_catalog.Get(known.JobName).Name, stepName), parameters, cancellationToken);
    }

    /// <summary>Claims partitions of a step that an execution on another node manages, and runs them until none is left to claim.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="stepName">The partitioned step.</param>
    /// <param name="cancellationToken">Asks this process to leave: a partition at work is handed back at its next chunk boundary.</param>
    /// <returns>How many partitions were run.</returns>
    /// <exception cref="JobNotFoundException">This program hosts no such job.</exception>
    public async Task<int> WorkOnPartitionsAsync(JobExecutionId execution, string stepName, CancellationToken cancellationToken = default)
    {
        if (await _repository.FindExecutionAsync(execution, cancellationToken) is not { Status.IsRunning: true } known)
            return 0;
        var helper = new PartitionHelper(_catalog.Get(known.JobName), known, _node.Name, _services);
        return await helper.RunAsync(stepName, cancellationToken);
    }

    /// <summary>Asks an execution, here or on another node, to stop at its next chunk boundary.</summary>
    public async Task<StopAnswer> StopAsync(JobExecutionId execution, CancellationToken cancellationToken = default)
    {
        if (!_running.TryGetValue(execution, out var run) || run.Completion.IsCompleted)
            return await _repository.RequestStopAsync(execution, cancellationToken);
        // First of all what runs here: its chunk may be what the database is busy with.
        run.Stop();
        return await RecordStopAsync(execution, cancellationToken);
    }

    /// <summary>Has the repository know of a stop that the run here has heard already, so that it cannot be missed.</summary>
    private async Task<StopAnswer> RecordStopAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _repository.RequestStopAsync(execution, cancellationToken);
            // It may have ended by the stop meanwhile.
            return answer is StopAnswer.NotRunning ? StopAnswer.Requested : answer;
        }
        catch (Exception fault) when (_repository.ChunkStore.IsTransient(fault))
        {
            _services.Logger.StopNotRecorded(execution.Value, fault);
            return StopAnswer.Requested;
        }
    }

    /// <summary>Gives up a failed or stopped execution for good.</summary>
    public async Task<AbandonAnswer> AbandonAsync(JobExecutionId execution, CancellationToken cancellationToken = default) =>
        await _repository.AbandonAsync(execution, cancellationToken);

    /// <summary>Asks all executions of this process to stop, for it leaves (<see cref="JobRun.IsHandedBack"/>), and waits until they have.</summary>
    public async Task StopAllAsync()
    {
        var running = Running;
        foreach (var run in running)
            run.Leave();
        await Task.WhenAll(running.Select(run => run.Completion));
    }

    private async Task<JobLaunch> LaunchAsync(JobDefinition job, JobParameters parameters, JobExecutionId? restartOf, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _takenCount) > _options.MaxRunning)
        {
            LeavePlace();
            return new(new LaunchDecision.LimitReached(LaunchLimit.Node, _options.MaxRunning.Value), Run: null);
        }

        JobRun? run = null;
        try
        {
            var launch = await DecideAsync(job, parameters, restartOf, LeavePlace, cancellationToken);
            run = launch.Run;
            return launch;
        }
        finally
        {
            if (run is null)
                LeavePlace();
        }
    }

    private void LeavePlace() => Interlocked.Decrement(ref _takenCount);

    private async Task<JobLaunch> DecideAsync(JobDefinition job, JobParameters parameters, JobExecutionId? restartOf, Action? onEnd, CancellationToken cancellationToken)
    {
        var request = new LaunchRequest
        {
            JobName = job.Name,
            Parameters = parameters,
            Node = _node.Name,
            LeaseDuration = _options.LeaseDuration,
            RestartOf = restartOf,
            MaxRunning = job.MaxRunning,
            AtWork = RunningIds,
        };
        var decision = await _repository.LaunchAsync(request, cancellationToken);
        return new(decision, decision is LaunchDecision.Launched launched ? Start(job, launched, onEnd) : null);
    }

    private JobRun Start(JobDefinition job, LaunchDecision.Launched launched, Action? onEnd)
    {
        var run = new JobRun(job, launched.Execution, _services);
        _running[launched.Execution.Id] = run;
        _ = ForgetAsync(run, onEnd);
        return run;
    }

    private async Task ForgetAsync(JobRun run, Action? onEnd)
    {
        await ((Task)run.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running.TryRemove(run.Execution.Id, out _);
        onEnd?.Invoke();
    }
}
