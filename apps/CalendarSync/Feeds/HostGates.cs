using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace CalendarSync.Feeds;

/// <summary>The doors to all hosts.</summary>
internal sealed class HostGates(IOptions<FeedOptions> options, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, HostGate> _gates = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The door to a host.</summary>
    /// <param name="host">Name and port.</param>
    public HostGate Of(string host) => _gates.GetOrAdd(host, name => new HostGate(name, MannersOf(name), timeProvider));

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
}
