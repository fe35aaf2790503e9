using System.ComponentModel.DataAnnotations;

namespace CalendarSync.Feeds;

/// <summary>How feeds are fetched: limits of one feed, and manners towards hosts.</summary>
public sealed class FeedOptions
{
    /// <summary>The longest a fetch may take, redirects and body included; 1 ms to 1 h, 30 s by default.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest a connection may take to be made, TLS included; 1 ms to 1 h, 10 s by default.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest a server may send nothing within a body; 1 ms to 1 h, 10 s by default.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest body, decoded: 1 KB to 1 GB, 20 MB by default.</summary>
    [Range(1_024, 1_073_741_824)]
    public long MaxBodyBytes { get; set; } = 20_000_000;

    /// <summary>How many times its size on the wire a body may unpack to, once it passes 1 MB; 100 by default.</summary>
    [Range(2, 10_000)]
    public int MaxExpansion { get; set; } = 100;

    /// <summary>Bytes of a body kept in memory; the rest waits in a temporary file. 256 KB by default.</summary>
    [Range(4_096, 64_000_000)]
    public int BufferBytes { get; set; } = 256 * 1_024;

    /// <summary>Redirects followed; 5 by default.</summary>
    [Range(0, 20)]
    public int MaxRedirects { get; set; } = 5;

    /// <summary>Who asks, with an address where to complain.</summary>
    [Required]
    public string UserAgent { get; set; } = "Clutch-CalendarSync/0.1 (calendar subscriptions; contact the operator of this service)";

    /// <summary>Feeds in flight at a time, over all hosts: 1 to 1,000, 32 by default.</summary>
    [Range(1, 1_000)]
    public int Concurrency { get; set; } = 32;

    /// <summary>The longest a feed waits for its turn, and its place, at its host before it is put off; 0 to 1 h, 15 s by default.</summary>
    public TimeSpan MaxTurnWait { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Manners towards hosts without an entry in <see cref="Hosts"/>.</summary>
    public HostManners DefaultHost { get; set; } = new();

    /// <summary>Manners by host name, with or without port.</summary>
    public IDictionary<string, HostManners> Hosts { get; } = new Dictionary<string, HostManners>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Manners towards one host.</summary>
public sealed class HostManners
{
    /// <summary>Requests at a time; 2 by default.</summary>
    [Range(1, 1_000)]
    public int MaxConnections { get; set; } = 2;

    /// <summary>Time between the starts of two requests; 0 to 1 h, 500 ms by default.</summary>
    public TimeSpan MinGap { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Failures in a row after which the host is left alone; 5 by default.</summary>
    [Range(1, 1_000)]
    public int BreakAfter { get; set; } = 5;

    /// <summary>How long it is left alone; doubled each time, up to an hour. 1 ms to 1 h, 1 minute by default.</summary>
    public TimeSpan BreakTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Another User-Agent for this host, or null. outlook.office365.com answers 500 to some.</summary>
    public string? UserAgent { get; set; }
}
