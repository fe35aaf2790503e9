using System.Data.Common;
using Microsoft.Extensions.Logging;
using Quartz.Impl.AdoJobStore;

namespace Clutch.Scheduling.Hosting;

/// <summary>Tries again what a node writes at its start, while other nodes hold the cluster's lock.</summary>
/// <remarks>All of a cluster's nodes write under one lock. Quartz gives up on it after some seconds, and of 30 nodes that a deployment starts at the same moment on two processors most would end at their start.</remarks>
internal sealed class StartPatience(TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(2);

    /// <summary>Runs it until it succeeds, or until two minutes have passed; then the last fault is thrown, as is any other at once.</summary>
    public async Task RunAsync(Func<Task> write, CancellationToken cancellationToken)
    {
        var start = timeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                await write();
                return;
            }
            catch (LockException fault) when (IsBusy(fault) && timeProvider.GetElapsedTime(start) < AtMost)
            {
                // Not all again at the same moment.
                var pause = TimeSpan.FromSeconds(0.5 + Random.Shared.NextDouble());
                logger.StartDelayed(pause, fault);
                await Task.Delay(pause, timeProvider, cancellationToken);
            }
        }
    }

    // A lock that somebody holds, and not a table that is missing or a password that is wrong.
    private static bool IsBusy(Exception? fault) => fault is not null && (fault is TimeoutException or DbException { IsTransient: true } || IsBusy(fault.InnerException));
}
