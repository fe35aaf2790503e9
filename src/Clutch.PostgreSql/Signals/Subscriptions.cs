namespace Clutch.PostgreSql.Signals;

/// <summary>Who wants to hear of what.</summary>
internal sealed class Subscriptions
{
    private readonly Lock _lock = new();
    private readonly List<Subscription> _all = [];

    public IDisposable Add(string topic, Action heard)
    {
        var subscription = new Subscription(this, topic, heard);
        lock (_lock)
            _all.Add(subscription);
        return subscription;
    }

    /// <summary>Calls who listens to the topic; for null all, for one of theirs may have been missed.</summary>
    public void Tell(string? topic)
    {
        List<Subscription> concerned;
        lock (_lock)
            concerned = _all.FindAll(subscription => topic is null || subscription.Topic == topic);
        concerned.ForEach(subscription => subscription.Heard());
    }

    private sealed class Subscription(Subscriptions owner, string topic, Action heard) : IDisposable
    {
        public string Topic => topic;

        public Action Heard => heard;

        public void Dispose()
        {
            lock (owner._lock)
                owner._all.Remove(this);
        }
    }
}
