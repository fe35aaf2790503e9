namespace CalendarSync.Accounts;

/// <summary>A token as its owner sees it: without the secret.</summary>
internal sealed record Credential(long Id, string Label, DateTimeOffset CreatedAt);
