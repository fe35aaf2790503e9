using Clutch.Items;

namespace Clutch.Http;

/// <summary>A call failed after all that its channel could do.</summary>
/// <param name="fault">Why.</param>
public sealed class HttpFaultException(HttpFault fault) : Exception(fault.Message, fault.Cause), IClassifiedFault
{
    /// <summary>Why.</summary>
    public HttpFault Fault { get; } = fault;

    /// <summary>What it means.</summary>
    public HttpFaultKind Kind => Fault.Kind;

    /// <summary>True where the same call may succeed later: not accepted, unknown and wait.</summary>
    public bool IsTransient => Kind is HttpFaultKind.NotAccepted or HttpFaultKind.Unknown or HttpFaultKind.Wait;
}
