namespace Clutch.Steps;

/// <summary>A timer's ticks up to a cancellation that is no fault.</summary>
internal static class Ticks
{
    /// <summary>Waits for the next tick; false when it is cancelled.</summary>
    public static async ValueTask<bool> NextAsync(this PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
