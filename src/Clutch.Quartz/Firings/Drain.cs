namespace Clutch.Scheduling.Firings;

/// <summary>Tells the firings of this process that it shuts down.</summary>
internal sealed class Drain
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Requested => _requested.Task;

    public bool IsRequested => _requested.Task.IsCompleted;

    public void Request() => _requested.TrySetResult();
}
