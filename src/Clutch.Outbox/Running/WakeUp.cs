using System.Collections.Concurrent;

namespace Clutch.Outbox.Running;

/// <summary>Tells the loops of this process that there may be work, so that they need not ask the database all the time.</summary>
internal sealed class WakeUp(TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _sleepers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _relays = new(StringComparer.Ordinal);

    /// <summary>Ends all waits for this name.</summary>
    public void Wake(string name)
    {
        if (_sleepers.TryRemove(name, out var sleeper))
            sleeper.TrySetResult();
    }

    /// <summary>Done as soon as the name is woken next.</summary>
    public Task NextAsync(string name) => _sleepers.GetOrAdd(name, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Counts relays of this process in a channel: one more, or one less.</summary>
    public void CountRelays(string channel, int change) => _relays.AddOrUpdate(channel, change, (_, count) => count + change);

    /// <summary>Whether a relay of this process works in the channel, so that no other need be called.</summary>
    public bool HasRelay(string channel) => _relays.GetValueOrDefault(channel) > 0;

    /// <summary>Waits until woken, or so long; true when it was woken.</summary>
    /// <param name="woken">From <see cref="NextAsync"/>, taken before the last look: what comes between is not missed.</param>
    /// <param name="atMost">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<bool> WaitAsync(Task woken, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(woken, Task.Delay(atMost, timeProvider, ended.Token));
        await ended.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return woken.IsCompleted;
    }
}
