using Clutch.Client.Wire;

namespace Clutch.Server.Live;

/// <summary>A change in what runs, for streams.</summary>
/// <param name="Sequence">Its place in the order of this process's events.</param>
/// <param name="Progress">How far the execution is.</param>
internal sealed record LiveEvent(long Sequence, ProgressView Progress)
{
    /// <summary>Whether the execution has ended: nothing follows.</summary>
    public bool IsLast => Progress.Status is not (ExecutionStatus.Starting or ExecutionStatus.Started or ExecutionStatus.Stopping);
}
