using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Security;

/// <summary>Refuses to serve beyond this machine while nobody can prove who they are.</summary>
internal sealed class ListenGuard(IConfiguration configuration, Credentials credentials, IServiceProvider services)
{
    /// <summary>Whether all addresses were looked at: before that, nothing is served.</summary>
    public bool IsPassed { get; private set; }

    /// <summary>Looks at the addresses that are known before the server listens.</summary>
    /// <exception cref="ListenRefusedException">One is not of the loopback, and there are no credentials.</exception>
    public Task CheckBeforeAsync(CancellationToken cancellationToken) => CheckAsync(ListenAddresses.Of(configuration).Concat(Bound()), cancellationToken);

    /// <summary>Looks at the addresses that the server really listens on, those from code included.</summary>
    /// <exception cref="ListenRefusedException">One is not of the loopback, and there are no credentials.</exception>
    public async Task CheckAfterAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(Bound(), cancellationToken);
        IsPassed = true;
    }

    private IEnumerable<string> Bound() => services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];

    private async Task CheckAsync(IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        if (addresses.FirstOrDefault(address => !ListenAddresses.IsLoopback(address)) is not { } open || await credentials.AnyAsync(cancellationToken))
            return;
        throw new ListenRefusedException(open);
    }
}
