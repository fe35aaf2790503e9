namespace CalendarSync.Feeds;

/// <summary>How the last check of a feed ended, as it is stored and shown. Only <see cref="Updated"/> and <see cref="Unchanged"/> looked at events.</summary>
internal enum SyncOutcome
{
    /// <summary>200, read, and its changes are stored.</summary>
    Updated,

    /// <summary>200, read, and nothing in it has changed.</summary>
    Unchanged,

    /// <summary>200 with the same bytes as last time: not read.</summary>
    SameBody,

    /// <summary>304.</summary>
    NotModified,

    /// <summary>A calendar without events, as before.</summary>
    Empty,

    /// <summary>A calendar that lost all or most of its events: nothing is deleted until it says so again.</summary>
    Suspicious,

    /// <summary>The body is no calendar, or half of one.</summary>
    Rejected,

    /// <summary>The body is a web page: mostly one that wants a sign-in.</summary>
    WebPage,

    /// <summary>401 or 403.</summary>
    Denied,

    /// <summary>404.</summary>
    Missing,

    /// <summary>410.</summary>
    Gone,

    /// <summary>429 or 503.</summary>
    Busy,

    /// <summary>Any other status.</summary>
    ServerFault,

    /// <summary>The host has no address.</summary>
    UnknownHost,

    /// <summary>No connection.</summary>
    NoConnection,

    /// <summary>No secure connection.</summary>
    Insecure,

    /// <summary>A deadline passed.</summary>
    Timeout,

    /// <summary>The connection broke.</summary>
    Broken,

    /// <summary>The address may not be asked.</summary>
    Blocked,

    /// <summary>Over a limit.</summary>
    TooLarge,

    /// <summary>Redirects that lead nowhere.</summary>
    BadRedirect,

    /// <summary>A mistake of ours; it is in the log.</summary>
    OurFault,
}
