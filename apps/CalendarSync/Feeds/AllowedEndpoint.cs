using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace CalendarSync.Feeds;

/// <summary>One entry of the allow-list: a network, and the ports on it.</summary>
/// <param name="Network">The network; a single address is one of full length.</param>
/// <param name="Port">The port; 0 for any, null for the ordinary ones.</param>
internal sealed record AllowedEndpoint(IPNetwork Network, int? Port)
{
    // No port at all.
    private const string Unreadable = "";

    /// <summary>Reads an entry.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static AllowedEndpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (network, port) = Split(text);
        return TryReadNetwork(network, out var read) && TryReadPort(port, out var number)
            ? new(read.Value, number)
            : throw new FormatException($"'{text}' is no entry of the allow-list. Write an address or network and, where it is not 80 or 443, a port: '10.0.0.0/8', '127.0.0.1:5232', '[::1]:*'.");
    }

    /// <summary>Whether the port is one of this entry.</summary>
    public bool Covers(int port, IReadOnlySet<int> ordinary) => Port switch { null => ordinary.Contains(port), 0 => true, _ => Port == port };

    private static (string Network, string? Port) Split(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
        {
            var rest = text[(end + 1)..];
            return (text[1..end], rest.Length == 0 ? null : rest[0] == ':' ? rest[1..] : Unreadable);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && colon == text.LastIndexOf(':') ? (text[..colon], text[(colon + 1)..]) : (text, null);
    }

    private static bool TryReadNetwork(string text, [NotNullWhen(true)] out IPNetwork? network)
    {
        network = null;
        if (IPNetwork.TryParse(text, out var whole)) network = whole;
        else if (IPAddress.TryParse(text, out var address)) network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return network is not null;
    }

    private static bool TryReadPort(string? text, out int? port)
    {
        port = text is null ? null : 0;
        if (text is null or "*") return true;
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65_535;
        port = number;
        return isNumber;
    }
}
