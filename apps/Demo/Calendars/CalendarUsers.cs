using System.Globalization;
using CalendarSync.Accounts;

namespace Demo.Calendars;

/// <summary>The people who subscribe: as many as it takes, for one may have a hundred subscriptions.</summary>
internal sealed class CalendarUsers(UserStore users)
{
    /// <summary>The users with a token each; those that are there already get a further token.</summary>
    public async Task<IReadOnlyList<CalendarUser>> EnsureAsync(int calendarCount, CancellationToken cancellationToken)
    {
        var all = new List<CalendarUser>();
        foreach (var feeds in Enumerable.Range(1, calendarCount).Chunk(CalendarSync.Subscriptions.SubscriptionStore.MostSubscriptions))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"demo-{all.Count + 1:00}");
            var user = await users.CreateAsync(name, "Europe/Berlin", isAdmin: false, cancellationToken) ?? await users.FindByNameAsync(name, cancellationToken);
            var token = await users.AddTokenAsync(user!.Id, "demo", cancellationToken);
            all.Add(new(name, token.Text, feeds));
        }

        return all;
    }
}

/// <summary>Somebody with the feeds to subscribe to.</summary>
internal sealed record CalendarUser(string Name, string Token, IReadOnlyList<int> Feeds);
