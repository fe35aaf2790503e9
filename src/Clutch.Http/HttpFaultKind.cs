namespace Clutch.Http;

/// <summary>What a failed call means to the caller: the error classes of the bulk contract (docs/guides/http.md).</summary>
public enum HttpFaultKind
{
    /// <summary>The server provably took nothing: connection refused, 425, 429, circuit open. Send again later; no attempt is used up.</summary>
    NotAccepted,

    /// <summary>Nobody can tell whether the server took it: time-out, reset, torn body, 408, any 5xx. Send the same bytes again, with the same key.</summary>
    Unknown,

    /// <summary>The server refused the content for good: 400, 422 and other 4xx. Sending it again changes nothing; smaller parts of it may pass.</summary>
    Permanent,

    /// <summary>413: send it in smaller parts.</summary>
    TooLarge,

    /// <summary>The channel itself is wrong, so every call would fail alike: unknown host, TLS failure, 401, 403, 404 for the route, 405, 415, a 400 or 422 whose problem type says that the key or the version of the API is missing, and other statuses that say nothing of the content (docs/guides/http.md), HTML where JSON was asked for or as a refusal.</summary>
    ChannelFault,

    /// <summary>409: the same request is being worked on. Ask again later with the same key.</summary>
    Wait,

    /// <summary>422 (or 400) whose problem type says that the idempotency key was used for other content: a fault in the sender.</summary>
    KeyReuse,

    /// <summary>410: what was asked for existed and is gone, such as an expired cursor.</summary>
    Gone,

    /// <summary>The answer breaks the contract: an unknown id, an id answered twice, JSON of another shape.</summary>
    Protocol,
}
