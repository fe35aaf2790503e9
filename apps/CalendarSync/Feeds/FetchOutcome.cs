namespace CalendarSync.Feeds;

/// <summary>How a fetch ended. The list is closed: whoever looks at it can name every case.</summary>
public abstract record FetchOutcome
{
    private FetchOutcome()
    {
    }

    /// <summary>200: a body came, whole and within the limits. Whoever gets it disposes it.</summary>
    /// <param name="Content">The decoded body.</param>
    /// <param name="Charset">The charset of the Content-Type, or null.</param>
    /// <param name="Answer">Validators and addresses.</param>
    public sealed record Fetched(FeedBody Content, string? Charset, FeedAnswer Answer) : FetchOutcome;

    /// <summary>304: nothing changed since the validators that were sent.</summary>
    /// <param name="Answer">Validators and addresses.</param>
    public sealed record NotModified(FeedAnswer Answer) : FetchOutcome;

    /// <summary>401 or 403: the server wants credentials, or others.</summary>
    public sealed record Denied : FetchOutcome;

    /// <summary>404: not there, perhaps not for ever.</summary>
    public sealed record Missing : FetchOutcome;

    /// <summary>410: gone for good.</summary>
    public sealed record Gone : FetchOutcome;

    /// <summary>429 or 503: the host asks for a pause.</summary>
    /// <param name="RetryAfter">How long, at most a day; null when it does not say.</param>
    public sealed record Busy(TimeSpan? RetryAfter) : FetchOutcome;

    /// <summary>Any other status.</summary>
    /// <param name="Status">The status.</param>
    public sealed record Failed(int Status) : FetchOutcome;

    /// <summary>No answer, or no whole one.</summary>
    /// <param name="Why">Why.</param>
    public sealed record Unreachable(Unreachable.Reason Why) : FetchOutcome
    {
        /// <summary>What went wrong on the way.</summary>
        public enum Reason
        {
            /// <summary>The host has no address.</summary>
            UnknownHost,

            /// <summary>No connection could be made.</summary>
            NoConnection,

            /// <summary>No trust: certificate or TLS.</summary>
            Tls,

            /// <summary>A deadline passed.</summary>
            Timeout,

            /// <summary>The connection broke, or the answer was no HTTP.</summary>
            Broken,
        }
    }

    /// <summary>The address, or one it redirects to, may not be asked.</summary>
    public sealed record Blocked : FetchOutcome;

    /// <summary>Body, headers or expansion over the limit.</summary>
    public sealed record TooLarge : FetchOutcome;

    /// <summary>Redirects that lead nowhere: too many, a loop, from https to http, without a place or to one that is too long.</summary>
    public sealed record BadRedirect : FetchOutcome;

    /// <summary>A mistake of ours ended it; it is in the log.</summary>
    public sealed record Faulted : FetchOutcome;

    /// <summary>Not asked: the host is left alone for a while, or too many others are before this one.</summary>
    /// <param name="Until">When to try again.</param>
    public sealed record PutOff(DateTimeOffset Until) : FetchOutcome;
}

/// <summary>What an answer says besides its body.</summary>
public sealed record FeedAnswer
{
    /// <summary>ETag verbatim, quotes and W/ included; null without, and where it is not printable ASCII.</summary>
    public string? ETag { get; init; }

    /// <summary>Last-Modified in the server's own words; null likewise.</summary>
    public string? LastModified { get; init; }

    /// <summary>Cache-Control: max-age, or null.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The new address that the feed has for good (an unbroken chain of 301 and 308), or null.</summary>
    public FeedAddress? MovedTo { get; init; }

    /// <summary>The address that answered, after redirects.</summary>
    public required Uri AnsweredBy { get; init; }
}

/// <summary>What to fetch.</summary>
public sealed record FetchRequest
{
    /// <summary>Where.</summary>
    public required FeedAddress Address { get; init; }

    /// <summary>The stored ETag, verbatim, or null.</summary>
    public string? ETag { get; init; }

    /// <summary>The stored Last-Modified, verbatim, or null.</summary>
    public string? LastModified { get; init; }

    /// <summary>The address that gave the validators: they are sent to no other. Null sends them to <see cref="Address"/>.</summary>
    public Uri? ValidatorsOf { get; init; }
}
