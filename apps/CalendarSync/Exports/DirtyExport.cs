namespace CalendarSync.Exports;

/// <summary>An export feed whose rendered bytes are older than its user's events.</summary>
/// <param name="Id">The export feed.</param>
/// <param name="UserId">Whose events it shows.</param>
/// <param name="Label">The calendar's name.</param>
/// <param name="WantedVersion">The version to render; a change after that makes it dirty again.</param>
internal sealed record DirtyExport(long Id, long UserId, string Label, long WantedVersion);
