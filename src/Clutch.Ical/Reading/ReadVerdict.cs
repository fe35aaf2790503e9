namespace Clutch.Ical.Reading;

/// <summary>What a reader may conclude from a feed as a whole.</summary>
public enum ReadVerdict
{
    /// <summary>All of it was understood.</summary>
    Ok,

    /// <summary>Some lines or components were left out; <see cref="ReadResult.Faults"/> says which and why. The rest is good.</summary>
    Partial,

    /// <summary>This is no whole calendar: a login page, a truncated file, more than the limits allow. Change nothing because of it.</summary>
    Reject,
}
