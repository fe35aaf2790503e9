using Clutch.Executions;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Jobs;

/// <summary>Helps an execution of another process with the partitions of a step: same code, same claims, without being its owner.</summary>
internal sealed class PartitionHelper(JobDefinition definition, JobExecution execution, string node, JobRunServices services)
{
    private readonly PartitionsAtWork _atWork = new();

    /// <summary>Runs partitions until none can be claimed; answers how many.</summary>
    public async Task<int> RunAsync(string stepName, CancellationToken cancellationToken)
    {
        if (definition.Flow.AllSteps().FirstOrDefault(step => step.Name == stepName) is not PartitionedStep step)
            throw new InvalidOperationException($"Job '{definition.Name}' has no partitioned step '{stepName}' in this program: it is another version of it.");
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var aborted = new CancellationTokenSource();
        using var ending = new CancellationTokenSource();
        await using var scope = services.Scopes.CreateAsyncScope();
        var keeping = KeepAsync(stopping, aborted, ending.Token);
        try
        {
            var count = await step.HelpAsync(RunOf(stepName, scope.ServiceProvider, stopping, aborted.Token, () => cancellationToken.IsCancellationRequested));
            await TellAsync(scope.ServiceProvider);
            return count;
        }
        catch (Exception fault) when (aborted.IsCancellationRequested)
        {
            // The execution ended, or its manager died: whoever takes it up calls again.
            services.Logger.LeaseLost(execution.Id.Value, fault);
            return 0;
        }
        finally
        {
            await ending.CancelAsync();
            await keeping;
        }
    }

    /// <summary>Tells the manager, who may wait for what ran here.</summary>
    private async Task TellAsync(IServiceProvider scoped)
    {
        if (scoped.GetService<ISignals>() is not { } signals)
            return;
        try
        {
            await signals.SendAsync(SignalTopics.PartitionsOf(execution.Id), CancellationToken.None);
        }
        catch (Exception fault)
        {
            // The manager looks by itself, only later.
            services.Logger.SignalFailed(execution.Id.Value, fault);
        }
    }

    private StepRun RunOf(string stepName, IServiceProvider scoped, CancellationTokenSource stopping, CancellationToken aborted, Func<bool> isHandingBack) => new()
    {
        Context = new()
        {
            JobName = execution.JobName,
            StepName = stepName,
            InstanceId = execution.InstanceId,
            JobExecutionId = execution.Id,
            StepExecutionId = default,
            Parameters = execution.Parameters,
            Services = scoped,
            TimeProvider = services.TimeProvider,
            State = new(null),
            JobState = new(execution.Context),
            IsRestart = execution.Attempt > 1,
        },
        Execution = new() { Id = default, JobExecutionId = execution.Id, InstanceId = execution.InstanceId, StepName = stepName, Status = BatchStatus.Started, StartCount = 1, Fence = 0 },
        // A flow may have come back to the step within the execution.
        IsResumed = true,
        Repository = services.Repository,
        Lease = new(execution.Id, execution.Fence, node),
        LeaseDuration = services.LeaseDuration,
        AtWork = _atWork,
        Listeners = [.. definition.Listeners.Select(create => create(scoped)), .. scoped.GetServices<IBatchListener>()],
        Logger = services.Logger,
        Progress = new(stepName, services.TimeProvider, startFraction: null),
        Faults = services.Faults,
        Stopping = stopping.Token,
        Aborted = aborted,
        RequestStop = stopping.Cancel,
        IsHandingBack = isHandingBack,
    };

    /// <summary>Renews what this helper holds of the execution, and hears there of a stop and of the execution's end.</summary>
    private async Task KeepAsync(CancellationTokenSource stopping, CancellationTokenSource aborted, CancellationToken ending)
    {
        using var timer = new PeriodicTimer(services.LeaseDuration / 3, services.TimeProvider);
        while (await timer.NextAsync(ending))
        {
            try
            {
                var answer = await services.Repository.Inner.RenewPartitionsAsync(execution.Id, _atWork.All, services.LeaseDuration, CancellationToken.None);
                if (answer is LeaseAnswer.Lost)
                    await aborted.CancelAsync();
                if (answer is LeaseAnswer.HeldStopRequested)
                    await stopping.CancelAsync();
            }
            catch (Exception fault)
            {
                // The next tick tries again. If the lease runs out meanwhile, fencing keeps a late commit out.
                services.Logger.LeaseRenewalFailed(execution.Id.Value, fault);
            }
        }
    }
}
