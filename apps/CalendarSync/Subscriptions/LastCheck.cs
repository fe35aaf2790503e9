namespace CalendarSync.Subscriptions;

/// <summary>What the last look at a calendar brought.</summary>
/// <param name="Outcome">How it ended: <c>Updated</c>, <c>NotModified</c>, <c>Timeout</c>, ...</param>
/// <param name="BodyBytes">Bytes of the body, unpacked; null where none came.</param>
/// <param name="Inserted">Events that were new.</param>
/// <param name="Updated">Events that had changed.</param>
/// <param name="Deleted">Events that had gone.</param>
/// <param name="Skipped">Parts that could not be used.</param>
/// <param name="DurationMilliseconds">How long it took.</param>
public sealed record LastCheck(string Outcome, long? BodyBytes, int Inserted, int Updated, int Deleted, int Skipped, int DurationMilliseconds);
