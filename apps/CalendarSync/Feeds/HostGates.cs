using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace CalendarSync.Feeds;

/// <summary>The doors to all hosts.</summary>
internal sealed class HostGates(IOptions<FeedOptions> options, TimeProvider timeProvider)
{
    /// <summary>From so many on, gates that are long idle go: anybody may subscribe to ever new hosts, and each would stay for ever.</summary>
    public const int ManyGates = 10_000;

    private static readonly TimeSpan SweepGap = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, HostGate> _gates = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _lock = new();
    private DateTimeOffset _nextSweep;

    /// <summary>The door to a host.</summary>
    /// <param name="host">Name and port.</param>
    public HostGate Of(string host)
    {
        if (_gates.TryGetValue(host, out var known)) return known;
        if (_gates.Count >= ManyGates && IsTimeToSweep()) Sweep();
        return _gates.GetOrAdd(host, name => new HostGate(name, MannersOf(name), timeProvider));
    }

    /// <summary>What applies to a host.</summary>
    public HostManners MannersOf(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var hosts = options.Value.Hosts;
        if (hosts.TryGetValue(host, out var exact)) return exact;
        return hosts.TryGetValue(host[..host.LastIndexOf(':')], out var named) ? named : options.Value.DefaultHost;
    }

    /// <summary>The hosts that are left alone now, and until when.</summary>
    public IReadOnlyList<(string Host, DateTimeOffset Until)> ListShut() =>
        [.. _gates.Values.Select(gate => (gate.Host, Until: gate.FindShut())).Where(shut => shut.Until is not null).Select(shut => (shut.Host, shut.Until!.Value))];

    // Each new host would look at all others.
    private bool IsTimeToSweep()
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            if (now < _nextSweep) return false;
            _nextSweep = now + SweepGap;
            return true;
        }
    }

    // None is disposed: whoever took one a moment ago may still enter.
    private void Sweep()
    {
        foreach (var gate in _gates.Where(gate => gate.Value.IsLongIdle())) _gates.TryRemove(gate);
    }
}
