using System.Globalization;
using CalendarSync.Accounts;
using CalendarSync.Subscriptions;

namespace Demo.Calendars;

/// <summary>The people who subscribe: as many as it takes, for one may have a hundred subscriptions. And a visitor, who may change what belongs to nobody else.</summary>
internal sealed class CalendarUsers(UserStore users)
{
    private const int FeedsOfVisitor = 10;

    /// <summary>The users with a token each; those that are there already get a further token.</summary>
    public async Task<IReadOnlyList<CalendarUser>> EnsureAsync(int calendarCount, CancellationToken cancellationToken)
    {
        var all = new List<CalendarUser>();
        foreach (var feeds in Enumerable.Range(1, calendarCount).Chunk(SubscriptionStore.MostSubscriptions))
            all.Add(await EnsureAsync(string.Create(CultureInfo.InvariantCulture, $"demo-{all.Count + 1:00}"), feeds, cancellationToken));
        return all;
    }

    /// <summary>The one who looks at calendars afterwards: whose feeds others read, too, so that nothing is fetched or kept for the visitor alone.</summary>
    public Task<CalendarUser> EnsureVisitorAsync(int calendarCount, CancellationToken cancellationToken) =>
        EnsureAsync("visitor", [.. Enumerable.Range(1, Math.Min(calendarCount, FeedsOfVisitor))], cancellationToken);

    private async Task<CalendarUser> EnsureAsync(string name, IReadOnlyList<int> feeds, CancellationToken cancellationToken)
    {
        var user = await users.CreateAsync(name, "Europe/Berlin", isAdmin: false, cancellationToken) ?? await users.FindByNameAsync(name, cancellationToken);
        var token = await users.AddTokenAsync(user!.Id, "demo", cancellationToken);
        return new(name, token.Text, feeds);
    }
}

/// <summary>Somebody with the feeds to subscribe to.</summary>
internal sealed record CalendarUser(string Name, string Token, IReadOnlyList<int> Feeds);
