namespace CalendarSync.Feeds;

/// <summary>Where requests may go. By default: any public address, over http and https, on their own ports.</summary>
public sealed class OutboundOptions
{
    /// <summary>The ports that may be asked on public addresses; 80 and 443 by default.</summary>
    public IList<int> Ports { get; } = [80, 443];

    /// <summary>What may be asked beyond that: an address or network, with a port, <c>*</c> for any port, or none for those of <see cref="Ports"/>; empty by default.</summary>
    /// <remarks>Such as <c>10.20.0.0/16</c>, <c>192.168.1.7:5232</c>, <c>[::1]:5232</c>, <c>127.0.0.1:*</c>. For intranets and tests: each entry is a door in the wall.</remarks>
    public IList<string> Allow { get; } = [];
}
