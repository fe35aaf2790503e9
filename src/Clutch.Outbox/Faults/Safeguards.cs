namespace Clutch.Outbox.Faults;

/// <summary>What keeps the outbox exact, each to be switched off by a test that must then turn red.</summary>
public sealed record Safeguards
{
    /// <summary>Who lost a lease can store nothing any more.</summary>
    public bool HasFence { get; init; } = true;

    /// <summary>A submission keeps its key each time it is sent.</summary>
    public bool HasPersistedKey { get; init; } = true;

    /// <summary>A submission whose operation the target has forgotten is sent again.</summary>
    public bool HandlesLostStatus { get; init; } = true;
}
