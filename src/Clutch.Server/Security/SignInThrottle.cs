using Microsoft.Extensions.Options;

namespace Clutch.Server.Security;

/// <summary>Slows guessing down: after some failures a name, and an address, must wait before the next try; the wait doubles up to a quarter of an hour.</summary>
/// <remarks>It counts in this process: with three processes an attacker has three times as many tries, still a few an hour.</remarks>
internal sealed class SignInThrottle(IOptions<ClutchServerOptions> options, TimeProvider timeProvider)
{
    private const int MaxEntries = 10_000;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(15);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Failures> _failures = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long the next try must wait, or zero.</summary>
    public TimeSpan WaitFor(string name, string address)
    {
        var now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            var until = new[] { Of($"name {name}"), Of($"address {address}") }.Max(failures => failures?.Until ?? default);
            return until > now ? until - now : TimeSpan.Zero;
        }
    }

    public void Failed(string name, string address)
    {
        lock (_lock)
        {
            Add($"name {name}");
            Add($"address {address}");
        }
    }

    /// <summary>Forgets the failures of the name, and of the address too: behind a proxy it may be everybody's, and mistyped passwords would add up until nobody gets in.</summary>
    public void Succeeded(string name, string address)
    {
        lock (_lock)
        {
            _failures.Remove($"name {name}");
            _failures.Remove($"address {address}");
        }
    }

    private Failures? Of(string key) => _failures.GetValueOrDefault(key);

    private void Add(string key)
    {
        var now = timeProvider.GetUtcNow();
        if (_failures.Count >= MaxEntries)
            Forget(now);
        var before = Of(key) is { } known && now - known.LastAt < MaxWait * 2 ? known.Count : 0;
        var excess = before + 1 - options.Value.SignIn.FailuresBeforeWait;
        var wait = excess < 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(MaxWait.TotalSeconds, Math.Pow(2, Math.Min(excess, 20))));
        _failures[key] = new(before + 1, now, now + wait);
    }

    // Only as many as fit: what is oldest is forgotten first.
    private void Forget(DateTimeOffset now)
    {
        foreach (var key in _failures.Where(entry => now - entry.Value.LastAt > MaxWait * 2).Select(entry => entry.Key).ToList())
            _failures.Remove(key);
        if (_failures.Count >= MaxEntries)
            _failures.Remove(_failures.MinBy(entry => entry.Value.LastAt).Key);
    }

    private sealed record Failures(int Count, DateTimeOffset LastAt, DateTimeOffset Until);
}
