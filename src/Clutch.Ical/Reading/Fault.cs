namespace Clutch.Ical.Reading;

/// <summary>How much a fault matters.</summary>
public enum FaultSeverity
{
    /// <summary>Worth a look, nothing lost that is meant to be kept.</summary>
    Note,

    /// <summary>Something odd was put right; the component is kept.</summary>
    Warning,

    /// <summary>Something was left out: the verdict is <see cref="ReadVerdict.Partial"/>.</summary>
    Error,

    /// <summary>The whole feed is refused: the verdict is <see cref="ReadVerdict.Reject"/>.</summary>
    Fatal,
}

/// <summary>One thing wrong with a feed.</summary>
/// <param name="Kind">What.</param>
/// <param name="LineNumber">Where: the line, counted from 1; for a component the line of its BEGIN.</param>
/// <param name="Reason">Why, as a sentence for people.</param>
public sealed record Fault(FaultKind Kind, int LineNumber, string Reason)
{
    // It quotes what the feed says, and a rule or the name of a zone there may be as long as a line.
    private const int LongestReason = 300;

    /// <summary>Why, as a sentence for people: 300 characters at most, the last of them … where it was cut.</summary>
    public string Reason { get; init => field = Shorten(value); } = Shorten(Reason);

    /// <summary>How much it matters.</summary>
    public FaultSeverity Severity => SeverityOf(Kind);

    /// <summary>A short stable name for logs and metrics, such as <c>rrule-invalid</c>.</summary>
    public string Code => CodeOf(Kind);

    /// <summary>How much faults of this kind matter.</summary>
    public static FaultSeverity SeverityOf(FaultKind kind) => kind switch
    {
        <= FaultKind.MixedTimeTypes => FaultSeverity.Note,
        <= FaultKind.TooManyDates => FaultSeverity.Warning,
        <= FaultKind.ComponentSkipped => FaultSeverity.Error,
        _ => FaultSeverity.Fatal,
    };

    /// <summary>The short stable name of a kind.</summary>
    public static string CodeOf(FaultKind kind) => kind switch
    {
        FaultKind.ValueCut => "value-cut",
        FaultKind.PropertyTooLong => "property-too-long",
        FaultKind.OutsideCalendar => "outside-calendar",
        FaultKind.MixedTimeTypes => "mixed-time-types",
        FaultKind.NotUtf8 => "not-utf8",
        FaultKind.NoUid => "no-uid",
        FaultKind.Duplicate => "duplicate",
        FaultKind.InvalidRule => "rrule-invalid",
        FaultKind.BadHint => "bad-hint",
        FaultKind.UnknownTimeZone => "tz-unknown",
        FaultKind.EndBeforeStart => "end-before-start",
        FaultKind.EndAndDuration => "end-and-duration",
        FaultKind.BadValue => "bad-value",
        FaultKind.TooManyDates => "too-many-dates",
        FaultKind.BadLine => "bad-line",
        FaultKind.Nesting => "nesting",
        FaultKind.ComponentTooLarge => "component-too-large",
        FaultKind.ComponentSkipped => "component-skipped",
        FaultKind.Empty => "empty",
        FaultKind.NotCalendar => "not-calendar",
        FaultKind.Truncated => "truncated",
        FaultKind.TooLarge => "too-large",
        FaultKind.TooManyComponents => "too-many-components",
        _ => "too-deep",
    };

    private static string Shorten(string reason)
    {
        if (reason.Length <= LongestReason) return reason;
        var length = LongestReason - 1;
        return string.Concat(reason.AsSpan(0, char.IsHighSurrogate(reason[length - 1]) ? length - 1 : length), "…");
    }
}
