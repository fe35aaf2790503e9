namespace CalendarSync.Feeds;

/// <summary>Why no connection was made.</summary>
internal enum OutboundFault
{
    /// <summary>An address of the host may not be asked.</summary>
    Blocked,

    /// <summary>The host has no address.</summary>
    UnknownHost,

    /// <summary>No address answered.</summary>
    NoAnswer,
}

/// <summary>A connection was refused or failed. It names no address: what a name resolves to inside is nobody's business outside.</summary>
internal sealed class OutboundException(OutboundFault fault, Exception? inner = null) : IOException($"No connection was made: {fault}.", inner)
{
    /// <summary>Why.</summary>
    public OutboundFault Fault { get; } = fault;
}
