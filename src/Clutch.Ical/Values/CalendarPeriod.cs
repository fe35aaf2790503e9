using System.Text;

namespace Clutch.Ical.Values;

/// <summary>A stretch of time (RFC 5545, 3.3.9): a start, and either its end or its length.</summary>
public readonly record struct CalendarPeriod
{
    /// <summary>From <paramref name="start"/> until <paramref name="end"/>, exclusive.</summary>
    public CalendarPeriod(CalendarTime start, CalendarTime end) => (Start, End) = (start, end);

    /// <summary>From <paramref name="start"/> on for <paramref name="duration"/>.</summary>
    public CalendarPeriod(CalendarTime start, CalendarDuration duration) => (Start, Duration) = (start, duration);

    /// <summary>When it begins.</summary>
    public CalendarTime Start { get; }

    /// <summary>When it ends, or null if <see cref="Duration"/> says so.</summary>
    public CalendarTime? End { get; }

    /// <summary>How long it lasts, or null if <see cref="End"/> says so.</summary>
    public CalendarDuration? Duration { get; }

    /// <summary>Reads <c>start/end</c> or <c>start/duration</c>; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, string? timeZoneId, out CalendarPeriod period)
    {
        period = default;
        var slash = value.IndexOf((byte)'/');
        if (slash < 0 || !CalendarTime.TryParse(value[..slash], timeZoneId, out var start) || start.IsDate) return false;

        var rest = value[(slash + 1)..];
        if (CalendarTime.TryParse(rest, timeZoneId, out var end)) period = new(start, end);
        else if (CalendarDuration.TryParse(rest, out var duration)) period = new(start, duration);
        else return false;
        return true;
    }

    /// <summary>The value as RFC 5545 writes it.</summary>
    public override string ToString() => new StringBuilder(Start.ToValueText())
        .Append('/').Append(End?.ToValueText() ?? Duration.GetValueOrDefault().ToString()).ToString();
}
