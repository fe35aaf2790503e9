using System.Net;
using Microsoft.Extensions.Options;

namespace CalendarSync.Feeds;

/// <summary>Decides where a request may go: what can be told from the address as text, and what only the socket's address tells.</summary>
public sealed class OutboundGuard
{
    private readonly HashSet<int> _ports;
    private readonly AllowedEndpoint[] _allowed;

    /// <summary>A guard for these options.</summary>
    /// <exception cref="FormatException">An entry of the allow-list is none.</exception>
    public OutboundGuard(IOptions<OutboundOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ports = [.. options.Value.Ports];
        _allowed = [.. options.Value.Allow.Select(AllowedEndpoint.Parse)];
    }

    /// <summary>Why this must not be asked, in words for the user, or null.</summary>
    /// <remarks>No name is resolved here: that happens once, when the connection is made, so that no answer can differ from the one that was checked.</remarks>
    public string? FindProblem(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) return "Only addresses that begin with https://, http:// or webcal:// can be subscribed to.";
        if (uri.HostNameType is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6) || uri.IdnHost.Length == 0) return "The address names no host.";
        return MayAskPort(uri.Port) ? null : $"Port {uri.Port} may not be asked. Calendars are fetched from ports {string.Join(" and ", _ports.Order())}.";
    }

    /// <summary>Whether a connection to this address and port may be made.</summary>
    internal bool Allows(IPAddress address, int port) =>
        (_ports.Contains(port) && PublicAddress.Covers(address)) || Array.Exists(_allowed, entry => entry.Covers(port, _ports) && entry.Network.Contains(Plain(address)));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());

    private bool MayAskPort(int port) => _ports.Contains(port) || Array.Exists(_allowed, entry => entry.Covers(port, _ports));
}
