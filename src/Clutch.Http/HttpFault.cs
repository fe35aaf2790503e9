namespace Clutch.Http;

/// <summary>Why a call failed, in terms a caller can act on.</summary>
public sealed record HttpFault
{
    /// <summary>What it means.</summary>
    public required HttpFaultKind Kind { get; init; }

    /// <summary>What happened and what to do now, one sentence or two. It names the address without its query, which may hold secrets.</summary>
    public required string Message { get; init; }

    /// <summary>The address without its query.</summary>
    public required string Address { get; init; }

    /// <summary>The status code, or null where no answer came.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The answer's media type, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The answer's problem details (RFC 9457), or null where it had none.</summary>
    public HttpProblem? Problem { get; init; }

    /// <summary>How long the server asks to wait, capped by <see cref="HttpChannelOptions.MaxRetryAfter"/>; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The exception underneath, or null.</summary>
    public Exception? Cause { get; init; }
}
