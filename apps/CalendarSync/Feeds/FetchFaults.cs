using System.Net.Sockets;

namespace CalendarSync.Feeds;

/// <summary>What an exception of a fetch means.</summary>
internal static class FetchFaults
{
    /// <summary>The connection broke, or its bytes are not what they claim to be.</summary>
    public static FetchOutcome Broken => new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.Broken);

    /// <summary>The outcome, or null when the exception is none that fetches are known to end with.</summary>
    public static FetchOutcome? Explain(Exception fault)
    {
        for (var inner = fault; inner is not null; inner = inner.InnerException)
        {
            if (Find(inner) is { } outcome) return outcome;
        }

        return fault is IOException or InvalidDataException or HttpRequestException ? Broken : null;
    }

    private static FetchOutcome? Find(Exception fault) => fault switch
    {
        BodyTooLargeException => new FetchOutcome.TooLarge(),
        OutboundException { Fault: OutboundFault.Blocked } => new FetchOutcome.Blocked(),
        OutboundException { Fault: OutboundFault.UnknownHost } => new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.UnknownHost),
        OutboundException or SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.NoConnection),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new FetchOutcome.TooLarge(),
        HttpIOException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new FetchOutcome.TooLarge(),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.Tls),
        // The connection's own deadline: SocketsHttpHandler cancels, and says so in a TimeoutException.
        TimeoutException or OperationCanceledException => new FetchOutcome.Unreachable(FetchOutcome.Unreachable.Reason.Timeout),
        _ => null,
    };
}
