using CalendarSync.Feeds;
using CalendarSync.Input;
using Clutch.Executions;

namespace CalendarSync.Subscriptions;

/// <summary>Where users subscribe: checks, takes a first look, and says field by field what is wrong.</summary>
internal sealed class SubscriptionDesk(SubscriptionStore store, OutboundGuard guard, IFirstLook firstLook, FirstLookThrottle throttle)
{
    private const int LongestLabel = 100;

    private static readonly string TooMany = $"At most {SubscriptionStore.MostSubscriptions} subscriptions, please.";

    /// <summary>Subscribes a user to a calendar, after a look at it; a feed that others read already and that goes well is not fetched again.</summary>
    /// <returns>The subscription's id; or what is wrong, and when to try again where that is all: null where it is not.</returns>
    public async Task<(long? Id, FieldErrors Errors, TimeSpan? RetryAfter)> AddAsync(long userId, SubscriptionInput input, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var color = input.Color is null ? Palette.Default : CheckedColor(input.Color, errors);
        var label = CheckedLabel(input.Label, errors);
        if (!FeedAddress.TryParse(input.Url, guard, out var address, out var problem))
            errors.Add("url", problem);
        else if (await store.FindAsync(userId, address, cancellationToken) is { } known)
            errors.Add("url", $"You have this calendar already: '{known.Label}'.");
        else if (await store.CountAsync(userId, cancellationToken) >= SubscriptionStore.MostSubscriptions)
            errors.Add("url", TooMany);
        if (!errors.IsEmpty)
            return (null, errors, null);

        var name = await store.FindGoodFeedAsync(address!, cancellationToken);
        if (name is null)
        {
            using var turn = throttle.TryTake(userId);
            if (turn is null)
                return (null, errors.Add("url", "Too many new calendars at once. Please wait a minute."), FirstLookThrottle.Window);
            name = await LookAsync(address!, errors, cancellationToken);
        }

        if (name is null)
            return (null, errors, null);
        var id = await store.AddAsync(userId, address!, InputText.OrNull(label) ?? NameFor(name, address!), color, input.IsPaused ?? false, cancellationToken);
        return id is null ? (null, errors.Add("url", TooMany), null) : (id, errors, null);
    }

    /// <summary>Changes a subscription; what the input leaves out stays.</summary>
    /// <returns>What is wrong; null when the user has no such subscription.</returns>
    public async Task<FieldErrors?> UpdateAsync(long userId, long id, SubscriptionInput input, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(userId, id, cancellationToken) is not { } known)
            return null;
        var errors = new FieldErrors();
        var label = input.Label is null ? known.Label : CheckedLabel(input.Label, errors);
        var color = input.Color is null ? known.Color : CheckedColor(input.Color, errors);
        if (label.Length == 0)
            errors.Add("label", "Please fill this in.");
        if (errors.IsEmpty && !await store.UpdateAsync(userId, known, label, color, input.IsPaused ?? known.IsPaused, cancellationToken))
            return null;
        return errors;
    }

    private async Task<string?> LookAsync(FeedAddress address, FieldErrors errors, CancellationToken cancellationToken)
    {
        var look = await firstLook.LookAsync(new(address.Key), cancellationToken);
        if (look.Problem is not { } problem)
            return look.DisplayName ?? string.Empty;
        errors.Add("url", problem);
        return null;
    }

    private static string CheckedLabel(string? text, FieldErrors errors)
    {
        var label = InputText.Line(text);
        InputText.CheckLength(errors, "label", label, LongestLabel);
        return label;
    }

    private static string CheckedColor(string text, FieldErrors errors)
    {
        var color = InputText.Line(text);
        Palette.Check(errors, "color", color);
        return color;
    }

    // The name comes from outside.
    private static string NameFor(string name, FeedAddress address) => CleanText.Of(InputText.OrNull(InputText.Line(name)) ?? address.Uri.Host, LongestLabel);
}
