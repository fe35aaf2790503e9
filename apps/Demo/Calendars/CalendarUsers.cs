using System.Globalization;
using CalendarSync.Accounts;
using CalendarSync.Subscriptions;

namespace Demo.Calendars;

/// <summary>The people who subscribe: as many as it takes, for one may have a hundred subscriptions. And a visitor, who may change what belongs to nobody else.</summary>
internal sealed class CalendarUsers(UserStore users)
{
    private const int FeedsOfVisitor = 10;

    /// <summary>The users with a token each; those that are there already get another one instead.</summary>
    public async Task<IReadOnlyList<CalendarUser>> EnsureAsync(int calendarCount, CancellationToken cancellationToken)
    {
        var all = new List<CalendarUser>();
        foreach (var feeds in Enumerable.Range(1, calendarCount).Chunk(SubscriptionStore.MostSubscriptions))
        {
            var user = await FindOrCreateAsync(string.Create(CultureInfo.InvariantCulture, $"demo-{all.Count + 1:00}"), cancellationToken);
            await RevokeAsync(user, cancellationToken);
            all.Add(await AdmitAsync(user, feeds, cancellationToken));
        }

        return all;
    }

    /// <summary>The one who looks at calendars afterwards: whose feeds others read, too, so that nothing is fetched or kept for the visitor alone. Who is signed in stays so.</summary>
    public async Task<CalendarUser> EnsureVisitorAsync(int calendarCount, CancellationToken cancellationToken) =>
        await AdmitAsync(await FindOrCreateAsync("visitor", cancellationToken), [.. Enumerable.Range(1, Math.Min(calendarCount, FeedsOfVisitor))], cancellationToken);

    private async Task<User> FindOrCreateAsync(string name, CancellationToken cancellationToken) =>
        await users.CreateAsync(name, "Europe/Berlin", isAdmin: false, cancellationToken) ?? (await users.FindByNameAsync(name, cancellationToken))!;

    private async Task RevokeAsync(User user, CancellationToken cancellationToken)
    {
        foreach (var token in await users.ListTokensAsync(user.Id, cancellationToken))
            await users.RevokeTokenAsync(user.Id, token.Id, cancellationToken);
    }

    private async Task<CalendarUser> AdmitAsync(User user, IReadOnlyList<int> feeds, CancellationToken cancellationToken) =>
        new(user.Name, (await users.AddTokenAsync(user.Id, "demo", cancellationToken)).Text, feeds);
}

/// <summary>Somebody with the feeds to subscribe to.</summary>
internal sealed record CalendarUser(string Name, string Token, IReadOnlyList<int> Feeds);
