using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace CalendarSync.Feeds;

/// <summary>Tells addresses of the public internet from all others: private, loopback, link-local, reserved, multicast, documentation, and those that hide one of them.</summary>
/// <remarks>The registries of IANA: iana-ipv4-special-registry and iana-ipv6-special-registry.</remarks>
internal static class PublicAddress
{
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
            "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32", // the host of a machine in Azure answers here, outside of all ranges
            "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // Of IPv6 only global unicast is public; what else looks like an address is something else.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>Whether the address, and each IPv4 address inside it, is public.</summary>
    public static bool Covers(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily == AddressFamily.InterNetwork) return IsOutsideOfAll(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        if (address.IsIPv4MappedToIPv6) return IsOutsideOfAll(address.MapToIPv4());

        // A scope (%eth0) belongs to link-local addresses only; without it the ranges compare.
        var plain = new IPAddress(address.GetAddressBytes());
        if (Nat64.Contains(plain)) return IsOutsideOfAll(EmbeddedAt(plain, 12));
        if (SixToFour.Contains(plain)) return IsOutsideOfAll(EmbeddedAt(plain, 2));
        if (HasIsatapInterface(plain) && !IsOutsideOfAll(EmbeddedAt(plain, 12))) return false;
        return GlobalUnicast.Contains(plain) && IsOutsideOfAll(plain);
    }

    private static bool IsOutsideOfAll(IPAddress address) => !NotPublic.Any(network => network.Contains(address));

    private static IPAddress EmbeddedAt(IPAddress address, int offset) => new(address.GetAddressBytes().AsSpan(offset, 4));

    // RFC 5214, 6.1: an interface identifier of 00-00-5E-FE or 02-00-5E-FE is followed by an IPv4 address.
    private static bool HasIsatapInterface(IPAddress address) => (BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes().AsSpan(8)) & 0xFDFFFFFF) == 0x00005EFE;
}
