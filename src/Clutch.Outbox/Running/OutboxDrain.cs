namespace Clutch.Outbox.Running;

/// <summary>Why a drain ended.</summary>
public enum DrainEnd
{
    /// <summary>Nothing is left to do.</summary>
    Idle,

    /// <summary>An operator paused the channel.</summary>
    Paused,

    /// <summary>The channel is stopped until a person acts.</summary>
    Faulted,
}

/// <summary>How a drain ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Fault">What a person must repair, or null.</param>
/// <param name="SubmissionCount">How many requests were sent, or operations settled.</param>
public sealed record OutboxDrain(DrainEnd End, Problem? Fault, long SubmissionCount);
