using CalendarSync.Accounts;
using CalendarSync.Input;
using CalendarSync.Subscriptions;
using NodaTime;

namespace CalendarSync.Web;

/// <summary>What the month page shows.</summary>
public sealed record MonthModel
{
    public required User User { get; init; }

    public required string Key { get; init; }

    public required YearMonth Month { get; init; }

    public required LocalDate Today { get; init; }

    public required MonthGrid Grid { get; init; }

    /// <summary>Whether the grid shows all; false when a limit cut it.</summary>
    public required bool IsComplete { get; init; }

    public required IReadOnlyList<Subscription> Subscriptions { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>What was typed to subscribe, shown again with what is wrong about it.</summary>
    public SubscriptionInput Typed { get; init; } = new();

    public FieldErrors Errors { get; init; } = new();
}
