using System.Net.Sockets;
using System.Security.Authentication;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Clutch.Http;

/// <summary>Sorts what went wrong into the error classes, each with one message that says what to do.</summary>
internal static class HttpFaults
{
    public static HttpFaultException Of(HttpAnswer answer)
    {
        var problem = IsProblem(answer) ? HttpProblem.Find(answer.Body.Span) : null;
        var kind = KindOf(answer.StatusCode, problem);
        // A refusal that is a web page comes from a proxy or another program: it is none of what was sent.
        if (kind == HttpFaultKind.Permanent && string.Equals(answer.ContentType, "text/html", StringComparison.OrdinalIgnoreCase))
            kind = HttpFaultKind.ChannelFault;
        return new(new()
        {
            Kind = kind,
            Address = answer.Address,
            StatusCode = answer.StatusCode,
            ContentType = answer.ContentType,
            Problem = problem,
            RetryAfter = answer.RetryAfter,
            Message = $"'{answer.Address}' answered {answer.StatusCode}{Text(problem)}. {Advice(kind, answer.StatusCode)}",
        });
    }

    /// <summary>A body that cannot be unpacked.</summary>
    public static HttpFaultException Damaged(string address, Exception fault) =>
        new(new() { Kind = HttpFaultKind.Unknown, Address = address, Message = $"The answer of '{address}' cannot be unpacked: {fault.Message}", Cause = fault });

    /// <summary>The fault behind an exception of the client or of the pipeline; null where it is no fault of the call.</summary>
    public static HttpFaultException? Find(Exception fault, string address, TimeSpan timeout)
    {
        var (kind, message, retryAfter) = fault switch
        {
            HttpFaultException => (default, null, null),
            BrokenCircuitException open => (HttpFaultKind.NotAccepted, $"Calls to '{address}' are held back because most of the last ones failed (the circuit is open).", open.RetryAfter),
            TimeoutRejectedException => (HttpFaultKind.Unknown, $"'{address}' did not answer within {timeout.TotalSeconds:0.###} s.", null),
            // ConnectTimeout of SocketsHttpHandler, before anything was sent. HttpClient.Timeout, below, has the cancelled call inside its TimeoutException.
            OperationCanceledException { InnerException: TimeoutException { InnerException: not OperationCanceledException } } =>
                (HttpFaultKind.NotAccepted, $"No connection to '{address}' within the connect time-out.", null),
            OperationCanceledException { InnerException: TimeoutException } => (HttpFaultKind.Unknown, $"'{address}' did not answer within the client's own time-out.", null),
            HttpRequestException request => OfRequest(request, address),
            IOException => (HttpFaultKind.Unknown, $"The connection to '{address}' broke off: {fault.Message}", null),
            _ => default((HttpFaultKind, string?, TimeSpan?)),
        };
        return message is null ? null : new(new() { Kind = kind, Address = address, Message = message, Cause = fault, RetryAfter = retryAfter });
    }

    private static (HttpFaultKind Kind, string Message, TimeSpan? RetryAfter) OfRequest(HttpRequestException fault, string address)
    {
        if (Cause<AuthenticationException>(fault) is { } tls)
            return (HttpFaultKind.ChannelFault, $"No secure connection to '{address}': {Innermost(tls).Message} Check the certificate, the host name and the https address.", null);
        if (Cause<SocketException>(fault) is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData })
            return (HttpFaultKind.ChannelFault, $"The host of '{address}' is unknown. Check the address.", null);
        return fault.HttpRequestError switch
        {
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError or HttpRequestError.SecureConnectionError =>
                (HttpFaultKind.NotAccepted, $"No connection to '{address}': {Innermost(fault).Message}", null),
            HttpRequestError.ConfigurationLimitExceeded => (HttpFaultKind.Protocol, $"The answer of '{address}' is longer than MaxResponseBytes allows: {fault.Message}", null),
            _ => (HttpFaultKind.Unknown, $"The call to '{address}' broke off: {Innermost(fault).Message}", null),
        };
    }

    private static HttpFaultKind KindOf(int status, HttpProblem? problem) => status switch
    {
        429 or 425 => HttpFaultKind.NotAccepted,
        409 => HttpFaultKind.Wait,
        410 => HttpFaultKind.Gone,
        413 => HttpFaultKind.TooLarge,
        400 or 422 when IsOfTheCall(problem) => HttpFaultKind.ChannelFault,
        422 when IsOfTheKey(problem) => HttpFaultKind.KeyReuse,
        400 when IsOfTheKey(problem) => IsReuse(problem!) ? HttpFaultKind.KeyReuse : HttpFaultKind.ChannelFault,
        401 or 402 or 403 or 404 or 405 or 406 or 407 or 411 or 415 or 421 or 426 or 428 or 431 or 451 or (>= 300 and < 400) => HttpFaultKind.ChannelFault,
        408 or >= 500 => HttpFaultKind.Unknown,
        >= 400 => HttpFaultKind.Permanent,
        _ => HttpFaultKind.Protocol,
    };

    // The draft of the Idempotency-Key header prescribes 400 for a key that is missing and 422 for one that was used for other content, and leaves the type to the server, so the word is what counts.
    private static bool IsOfTheKey(HttpProblem? problem) => problem is not null && (Names(problem, "idempotency") || IsReuse(problem));

    private static bool IsReuse(HttpProblem problem) => Names(problem, "key-reuse") || Names(problem, "key-conflict");

    // Refusals that no other content would change: the key did not arrive or is of no use (a proxy may strip the header), another version of the API is wanted (Asp.Versioning says so with 400),
    // clock and encryption (the registry of problem types, RFC 9457, 4.2).
    private static bool IsOfTheCall(HttpProblem? problem) => problem is not null && (
        (Names(problem, "idempotency") && (Names(problem, "missing") || Names(problem, "required") || Names(problem, "malformed")))
        || Names(problem, "docs.api-versioning.org/problems")
        || Names(problem, "http-problem-types#date") || Names(problem, "http-problem-types#ohttp-key"));

    private static bool Names(HttpProblem problem, string word) => problem.Type.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static string Advice(HttpFaultKind kind, int status) => (kind, status) switch
    {
        (HttpFaultKind.ChannelFault, 400 or 422) => "It refuses each such call, whatever its content: check the headers (a proxy may strip them) and the version of the API.",
        (HttpFaultKind.ChannelFault, 401) => "Check the credentials of this channel.",
        (HttpFaultKind.ChannelFault, 403) => "The credentials are known but not allowed to do this: ask for the permission.",
        (HttpFaultKind.ChannelFault, 404) => "There is no such route: check the address.",
        (HttpFaultKind.ChannelFault, 405) => "The address exists but not for this method: check the address and the version of the API.",
        (HttpFaultKind.ChannelFault, 415) => "The server does not take this content type: check the version of the API.",
        (HttpFaultKind.ChannelFault, _) => "Check the address of this channel: a bulk call follows no redirect and no proxy's sign-in.",
        (HttpFaultKind.NotAccepted, _) => "Nothing was accepted; it can be sent again later.",
        (HttpFaultKind.Unknown, _) => "Whether it was accepted is unknown; the same request can be sent again.",
        (HttpFaultKind.TooLarge, _) => "Send fewer items a call.",
        (HttpFaultKind.Wait, _) => "The same request is still being worked on.",
        (HttpFaultKind.KeyReuse, _) => "An idempotency key was used for other content: the sender is at fault.",
        (HttpFaultKind.Gone, _) => "What was asked for is gone.",
        (HttpFaultKind.Permanent, _) => "Sending it again changes nothing.",
        _ => "That is no answer the contract knows.",
    };

    private static string Text(HttpProblem? problem) => problem?.ToString() is { Length: > 0 } text ? $" ({text})" : string.Empty;

    private static bool IsProblem(HttpAnswer answer) => answer.ContentType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) == true;

    private static TCause? Cause<TCause>(Exception? fault)
        where TCause : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is TCause cause)
                return cause;
        }

        return null;
    }

    private static Exception Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner)
            fault = inner;
        return fault;
    }
}
