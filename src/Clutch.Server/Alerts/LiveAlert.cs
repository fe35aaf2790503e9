using Clutch.Client.Wire;

namespace Clutch.Server.Alerts;

/// <summary>An alert that lasts.</summary>
internal sealed record LiveAlert
{
    public required long Id { get; init; }

    public required string Fingerprint { get; init; }

    /// <summary>The first alert of those told together, or null where it was not told yet.</summary>
    public long? Thread { get; init; }

    public required AlertState State { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public DateTimeOffset? NotifiedAt { get; init; }

    /// <summary>What was found, as it was last seen.</summary>
    public required AlertFinding Finding { get; init; }
}
