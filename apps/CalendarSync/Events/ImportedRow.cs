namespace CalendarSync.Events;

/// <summary>An imported event with the subscription through which a user sees it.</summary>
internal sealed record ImportedRow(long Id, long FeedId, string Uid, string Instance, string Component, long SubscriptionId, string Label, string Color);
