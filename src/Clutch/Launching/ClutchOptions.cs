using System.ComponentModel.DataAnnotations;
using Clutch.Items;

namespace Clutch.Launching;

/// <summary>How this process runs jobs.</summary>
public sealed class ClutchOptions
{
    /// <summary>How long an execution belongs to its node without a sign of life: 1 s to 1 hour; 5 s by default.</summary>
    /// <remarks>A short lease finds a dead node sooner. Fencing makes one that is too short wasteful, never wrong.</remarks>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a server process looks for executions whose owner died: 100 ms to 1 hour; 1 s by default.</summary>
    public TimeSpan RecoveryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a process with a worker gives a sign of life, by which lists and alerts know it: 500 ms to 1 minute; 5 s by default. After three missing ones it counts as lost.</summary>
    /// <remarks>In a server process <c>Clutch:Server:HeartbeatInterval</c> takes its place. Whether an execution is taken over is a matter of leases, not of this.</remarks>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many executions may run in this process at once, those that steps of other jobs launch not counted: 1 or more; null, the default, for any number.</summary>
    /// <remarks>A launch above that is refused (<see cref="Repository.LaunchDecision.LimitReached"/>), not queued.</remarks>
    public int? MaxRunning { get; set; }

    /// <summary>How the engine's own calls are tried again while the database is away; about 40 s in all by default.</summary>
    public RetryOptions RepositoryRetry { get; set; } = new() { Attempts = 14, Delay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(5) };

    internal void Validate()
    {
        if (LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration > TimeSpan.FromHours(1))
            throw new ValidationException($"The lease duration '{LeaseDuration}' is not between 1 second and 1 hour. Set it to such a value in ClutchBuilder.Configure.");
        if (RecoveryInterval < TimeSpan.FromMilliseconds(100) || RecoveryInterval > TimeSpan.FromHours(1))
            throw new ValidationException($"The recovery interval '{RecoveryInterval}' is not between 100 ms and 1 hour. Set it to such a value in ClutchBuilder.Configure.");
        if (HeartbeatInterval < TimeSpan.FromMilliseconds(500) || HeartbeatInterval > TimeSpan.FromMinutes(1))
            throw new ValidationException($"The heartbeat interval '{HeartbeatInterval}' is not between 500 ms and 1 minute. Set it to such a value in ClutchBuilder.Configure.");
        if (MaxRunning < 1)
            throw new ValidationException($"'{MaxRunning}' executions at once are too few. Set MaxRunning to 1 or more in ClutchBuilder.Configure, or leave it out.");
        ValidateRetry();
    }

    private void ValidateRetry()
    {
        try
        {
            RepositoryRetry.Validate();
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new ValidationException($"RepositoryRetry has '{fault.ActualValue}' as its {fault.ParamName}, which is out of range (docs/reference/options.md). Set it to another value in ClutchBuilder.Configure.", fault);
        }
    }
}
