using System.Globalization;
using System.Net.Http.Headers;
using CalendarSync.Api;
using CalendarSync.Subscriptions;
using Demo.Hosting;
using Demo.Showing;

namespace Demo.Calendars;

/// <summary>Subscribes the users over the main server's API, as a program of theirs would; what an earlier start subscribed is passed over.</summary>
internal sealed class Subscriber(Addresses addresses, FeedAddresses feeds) : IDisposable
{
    private const int AtOnce = 8;

    private readonly HttpClient _http = new() { BaseAddress = addresses.MainServer };

    public async Task SubscribeAsync(IReadOnlyList<CalendarUser> users, Gauge gauge, CancellationToken cancellationToken)
    {
        var total = users.Sum(user => user.Feeds.Count);
        var missing = new List<(CalendarUser User, string Url)>();
        foreach (var user in users)
        {
            var known = await ListAsync(user, cancellationToken);
            missing.AddRange(user.Feeds.Select(feeds.Of).Where(url => !known.Contains(url)).Select(url => (user, url)));
        }

        long done = total - missing.Count;
        gauge.Begin(done, total);
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (pair, token) =>
        {
            await SubscribeAsync(pair.User, pair.Url, token);
            gauge.Set(Interlocked.Increment(ref done), total);
        });
    }

    /// <summary>Shows a visitor some calendars. One who has any is left alone: what was paused, ended or added since is theirs.</summary>
    public async Task WelcomeAsync(CalendarUser visitor, CancellationToken cancellationToken)
    {
        if ((await ListAsync(visitor, cancellationToken)).Count > 0)
            return;
        foreach (var feed in visitor.Feeds)
            await SubscribeAsync(visitor, feeds.Of(feed), cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HashSet<string>> ListAsync(CalendarUser user, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        long? after = 0;
        while (after is not null)
        {
            using var request = Request(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"api/v1/subscriptions?after={after}"), user);
            using var answer = await _http.SendAsync(request, cancellationToken);
            answer.EnsureSuccessStatusCode();
            var page = await answer.Content.ReadFromJsonAsync(CalendarJson.Default.PageOfSubscriptionView, cancellationToken);
            known.UnionWith(page!.Items.Select(subscription => subscription.Url));
            after = page.Next;
        }

        return known;
    }

    private async Task SubscribeAsync(CalendarUser user, string url, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Post, "api/v1/subscriptions", user);
        request.Content = JsonContent.Create(new SubscriptionInput { Url = url }, CalendarJson.Default.SubscriptionInput);
        using var answer = await _http.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The main server refused a subscription to '{url}': {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, CalendarUser user)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
        return request;
    }
}
