using System.Net;
using System.Net.Sockets;

namespace CalendarSync.Feeds;

/// <summary>Makes the connection of a request: resolves the host, looks at every address, and connects to one of those it looked at.</summary>
/// <remarks>Here and nowhere earlier: between a look and a connection that resolves again a name can change its answer (DNS rebinding).</remarks>
internal sealed class GuardedConnector(OutboundGuard guard, IHostResolver resolver)
{
    /// <summary>Connects.</summary>
    /// <exception cref="OutboundException">The host has an address that may not be asked, none, or none that answers.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var addresses = await ResolveAsync(target.Host, cancellationToken);
        // One bad address condemns all: a host that mixes them plays with the order.
        if (!addresses.All(address => guard.Allows(address, target.Port))) throw new OutboundException(OutboundFault.Blocked);
        return await ConnectToFirstAsync(addresses, target.Port, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        // With a trailing dot it is a name to us and an address to some resolvers.
        if (IPAddress.TryParse(host.TrimEnd('.'), out var literal)) return [literal];
        try
        {
            var addresses = await resolver.ResolveAsync(host, cancellationToken);
            return addresses.Count > 0 ? addresses : throw new OutboundException(OutboundFault.UnknownHost);
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            throw new OutboundException(OutboundFault.UnknownHost, fault);
        }
    }

    private static async ValueTask<Stream> ConnectToFirstAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException fault)
            {
                socket.Dispose();
                last = fault;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new OutboundException(OutboundFault.NoAnswer, last);
    }
}
