namespace Clutch.Scheduling.Firings;

/// <summary>Tells the firings and workers of this process that it shuts down.</summary>
internal sealed class Drain : IDisposable
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _source = new();

    public Task Requested => _requested.Task;

    public bool IsRequested => _requested.Task.IsCompleted;

    public CancellationToken Token => _source.Token;

    public void Request()
    {
        _requested.TrySetResult();
        _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
