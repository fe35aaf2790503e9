using Clutch.Server.Live;
using Microsoft.AspNetCore.Http;

namespace Clutch.Server.Dashboard;

/// <summary>What a page shows, asked for once for all who have it open. When something happens, each open page fetches itself again: fifty of them cost the database what one costs.</summary>
/// <remarks>Only such a fetch by the page's own script is given what was made for another; whoever opens a page gets its state of now.</remarks>
internal sealed class SharedModels(LiveHub hub, TimeProvider timeProvider)
{
    /// <summary>The header by which the script says that it fetches again.</summary>
    public const string RefreshHeader = "X-Clutch-Refresh";

    // A filter is part of the address, and anybody may think of new ones.
    private const int MaxKept = 200;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Made> _made = new(StringComparer.Ordinal);

    /// <summary>What the page at the request's address shows.</summary>
    /// <param name="context">The request.</param>
    /// <param name="make">Asks for it. It is not cancelled: others may wait for it, too.</param>
    public Task<T> GetAsync<T>(HttpContext context, Func<CancellationToken, Task<T>> make) =>
        context.Request.Headers.ContainsKey(RefreshHeader) ? GetAsync(PageContexts.AddressOf(context), make) : make(context.RequestAborted);

    public async Task<T> GetAsync<T>(string address, Func<CancellationToken, Task<T>> make) => (T)await Find(address, async () => await make(CancellationToken.None)).Value;

    private Lazy<Task<object>> Find<T>(string address, Func<Task<T>> make)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            if (_made.TryGetValue(address, out var made) && made.IsFreshAt(now, hub.ChangedAt))
                return made.Model;
            if (_made.Count >= MaxKept)
                _made.Clear();
            var model = new Lazy<Task<object>>(async () => (await make())!);
            _made[address] = new(now, model);
            return model;
        }
    }

    private sealed record Made(DateTimeOffset At, Lazy<Task<object>> Model)
    {
        // What was asked for before something changed may not show it. A fault is nobody else's.
        public bool IsFreshAt(DateTimeOffset now, DateTimeOffset changedAt) =>
            At > changedAt && now - At < Fresh && !(Model.IsValueCreated && Model.Value is { IsCompleted: true, IsCompletedSuccessfully: false });
    }
}
