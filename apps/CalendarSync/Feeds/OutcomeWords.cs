using System.Diagnostics;

namespace CalendarSync.Feeds;

/// <summary>Outcomes in words for the people who subscribed: what happened, what it means for their events, what they can do.</summary>
/// <remarks>No response bodies, no resolved addresses, no exception texts: those tell a stranger what lies behind our wall.</remarks>
internal static class OutcomeWords
{
    private static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>The sentence for an outcome, or null where there is nothing to say.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="missingFor">How long the calendar has not been found.</param>
    public static string? For(SyncOutcome outcome, TimeSpan missingFor) => outcome switch
    {
        SyncOutcome.Updated or SyncOutcome.Unchanged or SyncOutcome.SameBody or SyncOutcome.NotModified or SyncOutcome.Empty => null,
        SyncOutcome.Suspicious => "The calendar suddenly lacks most of its events. They stay here until its server says so again, at least two more times.",
        SyncOutcome.Rejected => "The address answers with something that is no calendar, or only half of one. Your events stay as they were.",
        SyncOutcome.WebPage => "The address shows a web page, mostly one that wants a sign-in. Look for the calendar's secret or public iCal address. We try again daily.",
        SyncOutcome.Denied => "The calendar's server refuses access. The calendar may have been made private, or its secret address renewed. We try again daily.",
        SyncOutcome.Missing when missingFor >= Patience => "The calendar has not been found for more than three days. It was probably deleted or moved: remove the subscription, or enter its new address.",
        SyncOutcome.Missing => "The calendar was not found. Your events stay, and we try again.",
        SyncOutcome.Gone => "The calendar was deleted for good. Its events stay here as they were last.",
        SyncOutcome.Busy => "The calendar's server asks for a pause. We try again later.",
        SyncOutcome.ServerFault => "The calendar's server reports a fault of its own. We try again later.",
        SyncOutcome.UnknownHost => "The server in the address does not exist, or its name cannot be resolved at the moment.",
        SyncOutcome.NoConnection => "The calendar's server does not answer. We try again later.",
        SyncOutcome.Insecure => "No secure connection to the calendar's server could be made: its certificate may have expired.",
        SyncOutcome.Timeout => "The calendar's server took too long. We try again later.",
        SyncOutcome.Broken => "The connection to the calendar's server broke off. We try again later.",
        SyncOutcome.Blocked => "The address leads to a place that this service does not ask.",
        SyncOutcome.TooLarge => "The calendar is larger than this service accepts. Your events stay as they were.",
        SyncOutcome.BadRedirect => "The address sends us on without end, to one that is too long, or from a secure place to an insecure one.",
        SyncOutcome.OurFault => "The calendar could not be read because of a fault of ours. It has been noted.",
        _ => throw new UnreachableException($"Unknown outcome '{outcome}'."),
    };

    /// <summary>The outcome of a fetch that brought no calendar.</summary>
    public static SyncOutcome Of(FetchOutcome outcome) => outcome switch
    {
        FetchOutcome.Fetched => SyncOutcome.Unchanged,
        FetchOutcome.NotModified => SyncOutcome.NotModified,
        FetchOutcome.Denied => SyncOutcome.Denied,
        FetchOutcome.Missing => SyncOutcome.Missing,
        FetchOutcome.Gone => SyncOutcome.Gone,
        FetchOutcome.Busy or FetchOutcome.PutOff => SyncOutcome.Busy,
        FetchOutcome.Failed => SyncOutcome.ServerFault,
        FetchOutcome.Unreachable unreachable => Of(unreachable.Why),
        FetchOutcome.Blocked => SyncOutcome.Blocked,
        FetchOutcome.TooLarge => SyncOutcome.TooLarge,
        FetchOutcome.BadRedirect => SyncOutcome.BadRedirect,
        FetchOutcome.Faulted => SyncOutcome.OurFault,
        _ => throw new UnreachableException($"Unknown outcome '{outcome}'."),
    };

    private static SyncOutcome Of(FetchOutcome.Unreachable.Reason reason) => reason switch
    {
        FetchOutcome.Unreachable.Reason.UnknownHost => SyncOutcome.UnknownHost,
        FetchOutcome.Unreachable.Reason.NoConnection => SyncOutcome.NoConnection,
        FetchOutcome.Unreachable.Reason.Tls => SyncOutcome.Insecure,
        FetchOutcome.Unreachable.Reason.Timeout => SyncOutcome.Timeout,
        FetchOutcome.Unreachable.Reason.Broken => SyncOutcome.Broken,
        _ => throw new UnreachableException($"Unknown reason '{reason}'."),
    };
}
