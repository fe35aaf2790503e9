namespace Simulators.Calendars;

/// <summary>How the provider answers for a feed.</summary>
internal enum FeedBehaviour
{
    /// <summary>Strong ETag, Last-Modified, 304, gzip.</summary>
    Normal,

    /// <summary>A few bytes a second, for ever so long.</summary>
    SlowDrip,

    /// <summary>500.</summary>
    ServerError,

    /// <summary>503.</summary>
    Unavailable,

    /// <summary>404.</summary>
    NotFound,

    /// <summary>410.</summary>
    Gone,

    /// <summary>401.</summary>
    Unauthorized,

    /// <summary>403.</summary>
    Forbidden,

    /// <summary>200 with a page of HTML to sign in.</summary>
    LoginPage,

    /// <summary>The text stops in the middle, and the answer ends as if it were whole.</summary>
    Truncated,

    /// <summary>The connection breaks in the middle.</summary>
    Torn,

    /// <summary>Two addresses that redirect to each other.</summary>
    RedirectLoop,

    /// <summary>301 to another address of the same feed.</summary>
    Moved301,

    /// <summary>302 to another address of the same feed.</summary>
    Found302,

    /// <summary>308 to another address of the same feed.</summary>
    Moved308,

    /// <summary>More than 25 MB of valid events.</summary>
    Huge,

    /// <summary>A valid calendar without events.</summary>
    Empty,

    /// <summary>429 with Retry-After.</summary>
    TooMany,

    /// <summary>DTSTAMP is the time of the request, and there are no validators.</summary>
    Stamped,

    /// <summary>The events stand in another order in every answer.</summary>
    Reordered,

    /// <summary>Chunks without end.</summary>
    Endless,

    /// <summary>A small body of gzip that unpacks to 2 GB.</summary>
    GzipBomb,

    /// <summary>No ETag and no Last-Modified.</summary>
    NoValidators,

    /// <summary>ETag and Last-Modified, and yet 200 every time.</summary>
    IgnoresConditions,

    /// <summary>New UIDs in every answer.</summary>
    UnstableUids,

    /// <summary>No bytes at all, until the caller goes.</summary>
    Silent,
}
