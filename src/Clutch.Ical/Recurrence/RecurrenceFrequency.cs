namespace Clutch.Ical.Recurrence;

/// <summary>FREQ (RFC 5545, 3.3.10), from coarse to fine.</summary>
public enum RecurrenceFrequency
{
    /// <summary>Every year.</summary>
    Yearly,

    /// <summary>Every month.</summary>
    Monthly,

    /// <summary>Every week.</summary>
    Weekly,

    /// <summary>Every day.</summary>
    Daily,

    /// <summary>Every hour.</summary>
    Hourly,

    /// <summary>Every minute.</summary>
    Minutely,

    /// <summary>Every second.</summary>
    Secondly,
}
