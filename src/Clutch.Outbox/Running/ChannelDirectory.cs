using Clutch.Outbox.Channels;
using Clutch.Outbox.Hosting;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;
using Microsoft.Extensions.Options;

namespace Clutch.Outbox.Running;

/// <summary>The channels of this process by name.</summary>
internal sealed class ChannelDirectory
{
    private readonly Dictionary<string, Channel> _channels;

    public ChannelDirectory(OutboxBuilder builder, IServiceProvider services, IOptionsMonitor<ChannelOptions> options) =>
        _channels = builder.Channels.ToDictionary(channel => channel.Name, channel => new Channel(channel, services, options), StringComparer.Ordinal);

    public IEnumerable<Channel> All => _channels.Values;

    public string Names => _channels.Count == 0 ? "none" : string.Join(", ", _channels.Keys.Select(static name => $"'{name}'"));

    public bool Knows(string name) => name is not null && _channels.ContainsKey(name);

    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public Channel Get(string name) =>
        _channels.GetValueOrDefault(name) ?? throw new ArgumentException($"The outbox has no channel '{name}'. Add it with AddChannel; it has {Names}.", nameof(name));
}

/// <summary>A channel at work in this process.</summary>
internal sealed class Channel(ChannelRegistration registration, IServiceProvider services, IOptionsMonitor<ChannelOptions> options)
{
    private readonly Lazy<ISubmitter> _submitter = new(() => registration.Submitter(services));
    private readonly Lazy<IOperationClient?> _operations = new(() => registration.Operations?.Invoke(services));
    private int _isFlushed;

    public string Name => registration.Name;

    /// <summary>As configured now.</summary>
    public ChannelOptions Options => options.Get(registration.Name);

    public ISubmitter Submitter => _submitter.Value;

    /// <summary>Asks for operations, or null where the target answers at once.</summary>
    public IOperationClient? Operations => _operations.Value;

    /// <summary>How long operations took of late.</summary>
    public OperationTimes Times { get; } = new();

    /// <summary>The name under which its poller sleeps.</summary>
    public string PollerName { get; } = registration.Name + "/operations";

    /// <summary>Messages wait no longer for company at the relay's next look.</summary>
    public void Flush() => Interlocked.Exchange(ref _isFlushed, 1);

    /// <summary>How long messages wait for company at this look.</summary>
    public TimeSpan TakeLinger() => Interlocked.Exchange(ref _isFlushed, 0) == 1 ? TimeSpan.Zero : Options.Linger;
}

/// <summary>A moving average of how long operations take.</summary>
internal sealed class OperationTimes
{
    private const double Weight = 0.2;

    private readonly Lock _lock = new();
    private double? _seconds;

    /// <summary>The average; zero before the first, so that it is asked for at the smallest distance.</summary>
    public TimeSpan Estimate
    {
        get
        {
            lock (_lock)
                return TimeSpan.FromSeconds(_seconds ?? 0);
        }
    }

    public void Add(TimeSpan duration)
    {
        lock (_lock)
            _seconds = _seconds is { } known ? known + (Weight * (duration.TotalSeconds - known)) : duration.TotalSeconds;
    }
}
