namespace Clutch.Scheduling.Firings;

/// <summary>Tells the firings and workers of this process that it shuts down.</summary>
internal sealed class Drain : IDisposable
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _timedOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _source = new();

    public Task Requested => _requested.Task;

    /// <summary>Done when the scheduler waits no longer for what has not stopped.</summary>
    public Task TimedOut => _timedOut.Task;

    public bool IsRequested => _requested.Task.IsCompleted;

    public CancellationToken Token => _source.Token;

    public void Request()
    {
        _requested.TrySetResult();
        _source.Cancel();
    }

    public void TimeOut() => _timedOut.TrySetResult();

    public void Dispose() => _source.Dispose();
}
