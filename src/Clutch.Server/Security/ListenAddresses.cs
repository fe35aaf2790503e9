using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Clutch.Server.Security;

/// <summary>Where the application listens, and who can reach that.</summary>
internal static class ListenAddresses
{
    /// <summary>The addresses that the configuration names; those that code names are known to the server alone.</summary>
    public static IEnumerable<string> Of(IConfiguration configuration)
    {
        foreach (var url in Split(configuration["urls"]))
            yield return url;
        // Ports without an address are bound on all of them.
        foreach (var port in Split(configuration["http_ports"]).Concat(Split(configuration["https_ports"])))
            yield return $"http://*:{port}";
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (endpoint["Url"] is { } url)
                yield return url;
        }
    }

    /// <summary>Whether only this machine can reach the address.</summary>
    public static bool IsLoopback(string address)
    {
        var parsed = BindingAddress.Parse(address);
        return parsed.IsUnixPipe || parsed.IsNamedPipe || IsLoopbackHost(parsed.Host);
    }

    /// <summary>Whether the name or number means this machine: <c>localhost</c>, a name under it, or an address of the loopback.</summary>
    public static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
