using System.Net;
using CalendarSync.Feeds;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>A fetcher as in production, but for where names lead and which doors are open.</summary>
internal sealed class Attack : IDisposable
{
    private readonly FeedFetcher _fetcher;

    /// <param name="ports">Ports that may be asked on public addresses.</param>
    /// <param name="allow">The allow-list.</param>
    /// <param name="configure">Changes the fetching, or null.</param>
    public Attack(IEnumerable<int>? ports = null, IEnumerable<string>? allow = null, Action<FeedOptions>? configure = null)
    {
        var outbound = new OutboundOptions();
        foreach (var port in ports ?? []) outbound.Ports.Add(port);
        foreach (var entry in allow ?? []) outbound.Allow.Add(entry);
        Guard = new OutboundGuard(Options.Create(outbound));

        var feeds = new FeedOptions { DefaultHost = new() { MinGap = TimeSpan.Zero, MaxConnections = 8, BreakAfter = 1_000 } };
        configure?.Invoke(feeds);
        var options = Options.Create(feeds);
        Gates = new HostGates(options, TimeProvider.System);
        _fetcher = new FeedFetcher(options, Guard, Names, Gates, TimeProvider.System, NullLogger<FeedFetcher>.Instance);
    }

    public OutboundGuard Guard { get; }

    public HostGates Gates { get; }

    public FakeNames Names { get; } = new();

    /// <summary>What comes of an address: null when it is refused as text already.</summary>
    public async Task<FetchOutcome?> FetchAsync(string address, string? etag = null, string? lastModified = null) => FeedAddress.TryParse(address, Guard, out var feed, out _)
        ? await _fetcher.FetchAsync(new FetchRequest { Address = feed, ETag = etag, LastModified = lastModified }, CancellationToken.None)
        : null;

    public void Dispose() => _fetcher.Dispose();

    /// <summary>Names that lead where the attacker wants, and elsewhere the next time.</summary>
    public sealed class FakeNames : IHostResolver
    {
        private readonly Dictionary<string, Queue<string[]>> _answers = new(StringComparer.OrdinalIgnoreCase);

        public int AskedCount { get; private set; }

        /// <summary>One answer after the other; the last holds on.</summary>
        public void Lead(string host, params string[][] answers) => _answers[host] = new(answers);

        public ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
        {
            AskedCount++;
            if (!_answers.TryGetValue(host.TrimEnd('.'), out var answers)) return ValueTask.FromResult<IReadOnlyList<IPAddress>>(host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : []);
            var answer = answers.Count > 1 ? answers.Dequeue() : answers.Peek();
            return ValueTask.FromResult<IReadOnlyList<IPAddress>>([.. answer.Select(IPAddress.Parse)]);
        }
    }
}
