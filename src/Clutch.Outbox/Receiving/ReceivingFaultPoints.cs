namespace Clutch.Outbox.Receiving;

/// <summary>Named fault points of the server half (crash point K18), for <see cref="Faults.IOutboxFaults"/>.</summary>
public static class ReceivingFaultPoints
{
    /// <summary>Within the transaction that accepts.</summary>
    public const string InsideAccept = "receiving.inside-accept";

    /// <summary>Accepted and stored, not yet answered.</summary>
    public const string AfterAccept = "receiving.after-accept";

    /// <summary>An operation is claimed, nothing is applied.</summary>
    public const string AfterClaim = "receiving.after-claim";

    /// <summary>Items are applied within the transaction, no result is stored.</summary>
    public const string InsideApply = "receiving.inside-apply";

    /// <summary>A slice is committed, the operation goes on.</summary>
    public const string AfterSlice = "receiving.after-slice";

    /// <summary>All points.</summary>
    public static IReadOnlyList<string> All { get; } = [InsideAccept, AfterAccept, AfterClaim, InsideApply, AfterSlice];
}
