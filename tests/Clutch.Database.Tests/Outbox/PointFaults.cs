using Clutch.Outbox.Faults;

namespace Clutch.Database.Tests.Outbox;

/// <summary>Does something the first time a point is reached.</summary>
public sealed class PointFaults(string point, Action act) : IOutboxFaults
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hits;

    /// <summary>Done as soon as the point was reached.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromMinutes(1));

    public static PointFaults ThrowAt(string point) => new(point, () => throw new InvalidOperationException($"Injected at {point}."));

    public void Reach(string reached)
    {
        if (reached != point || Interlocked.Increment(ref _hits) != 1)
            return;
        _reached.SetResult();
        act();
    }
}
