using System.Globalization;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>A span of time that a chart shows. Places are shares of its width: a chart is as wide as its page, and its letters keep their size.</summary>
/// <param name="From">Where it begins (UTC).</param>
/// <param name="To">Where it ends (UTC).</param>
public sealed record TimeWindow(DateTimeOffset From, DateTimeOffset To)
{
    private static readonly int[] Minutes = [15, 60, 180, 360, 720, 1_440];

    /// <summary>How long it is.</summary>
    public TimeSpan Length => To - From;

    /// <summary>The last 24 hours and what comes next; where all that is known is younger, only as much as that: the runs of a young server would lie upon each other.</summary>
    /// <param name="now">The instant of the page.</param>
    /// <param name="oldest">The oldest instant that must be seen, or null for none.</param>
    /// <param name="back">How far it reaches back.</param>
    public static TimeWindow Around(DateTimeOffset now, DateTimeOffset? oldest, out TimeSpan back)
    {
        var age = now - (oldest ?? now);
        back = TimeSpan.FromMinutes(Minutes.FirstOrDefault(minutes => age.TotalMinutes <= minutes, Minutes[^1]));
        return new(now - back, now + (back / 12));
    }

    /// <summary>Where the instant lies, in percent of the width; outside, at the nearer end.</summary>
    public double At(DateTimeOffset instant) => Length <= TimeSpan.Zero ? 0 : Math.Clamp((instant - From) / Length * 100, 0, 100);

    /// <summary>Where the instant lies, as SVG wants it.</summary>
    public string Place(DateTimeOffset instant) => Percent(At(instant));

    /// <summary>The width of a span, as SVG wants it: at least so much that the eye finds it.</summary>
    public string Width(DateTimeOffset from, DateTimeOffset to) => Percent(Math.Max(0.4, At(to) - At(from)));

    /// <summary>Round instants to mark.</summary>
    public IReadOnlyList<DateTimeOffset> Ticks(int count) => Scale.Ticks(From, To, count);

    private static string Percent(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture) + "%";
}
