using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>Whether an instance may run, and its new execution if so.</summary>
internal sealed class InMemoryLaunches(InMemoryTables tables, InMemoryEndings endings)
{
    public LaunchDecision Decide(LaunchRequest request)
    {
        if (request.RestartOf is { } restarted && !tables.Executions.ContainsKey(restarted.Value))
            return new LaunchDecision.Unknown(restarted);
        var instance = GetOrAddInstance(request);
        var last = tables.LastOf(instance.Id);
        if (last is { Status.IsRunning: true } && endings.IsExpired(last) && !request.AtWork.Contains(last.Id))
            last = endings.Expire(last);
        return last switch
        {
            { Status.IsRunning: true } => new LaunchDecision.AlreadyRunning(last),
            { Status: BatchStatus.Completed } => new LaunchDecision.AlreadyComplete(last),
            { Status: BatchStatus.Abandoned } => new LaunchDecision.Abandoned(last),
            not null when request.RestartOf is { } id && id != last.Id => new LaunchDecision.Superseded(last),
            _ when request.MaxRunning <= tables.Executions.Values.Count(other => other.JobName == request.JobName && other.Status.IsRunning) =>
                new LaunchDecision.LimitReached(LaunchLimit.Job, request.MaxRunning.Value),
            _ => new LaunchDecision.Launched(Create(request, instance, last), last),
        };
    }

    private JobInstance GetOrAddInstance(LaunchRequest request)
    {
        var key = (request.JobName, request.Parameters.IdentityKey);
        if (!tables.Instances.TryGetValue(key, out var instance))
        {
            instance = new() { Id = new(tables.NextId()), JobName = key.JobName, Key = key.IdentityKey, CreatedAt = tables.Now };
            tables.Instances.Add(key, instance);
        }

        return instance;
    }

    private JobExecution Create(LaunchRequest request, JobInstance instance, JobExecution? last)
    {
        var execution = new JobExecution
        {
            Id = new(tables.NextId()),
            InstanceId = instance.Id,
            JobName = request.JobName,
            Attempt = (last?.Attempt ?? 0) + 1,
            Status = BatchStatus.Started,
            Parameters = request.Parameters,
            Node = request.Node,
            Fence = 1,
            LeaseExpiresAt = tables.Now + request.LeaseDuration,
            StartedAt = tables.Now,
            Context = last?.Context,
            RestartAt = last?.RestartAt,
        };
        tables.Executions.Add(execution.Id.Value, execution);
        return execution;
    }
}
