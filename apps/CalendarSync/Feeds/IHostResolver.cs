using System.Net;

namespace CalendarSync.Feeds;

/// <summary>Finds the addresses of a host. Asked once for each connection.</summary>
internal interface IHostResolver
{
    /// <summary>All addresses of the host; none when it has none.</summary>
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}

/// <summary>Asks the operating system.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken) => await Dns.GetHostAddressesAsync(host, cancellationToken);
}
