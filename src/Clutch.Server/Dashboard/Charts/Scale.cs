using System.Globalization;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>Maps values onto a span of pixels, and knows round values to mark.</summary>
internal readonly record struct Scale
{
    // Round in the units by which people read time.
    private static readonly int[] Seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

    private readonly double _from;
    private readonly double _span;
    private readonly double _start;
    private readonly double _length;

    /// <summary>From values to pixels; values that are all the same lie at the start.</summary>
    public Scale(double from, double to, double start, double end) => (_from, _span, _start, _length) = (from, to - from, start, end - start);

    /// <summary>Where the value lies.</summary>
    public double At(double value) => _span <= 0 ? _start : _start + ((value - _from) / _span * _length);

    /// <summary>A number as SVG wants it.</summary>
    public static string Text(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    /// <summary>Round values from zero to at least <paramref name="max"/>: steps of 1, 2 or 5 times a power of ten.</summary>
    public static IReadOnlyList<double> Ticks(double max, int count = 4)
    {
        if (max <= 0)
            return [0, 1];
        var rough = max / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return [.. Enumerable.Range(0, (int)Math.Ceiling(max / step) + 1).Select(index => index * step)];
    }

    /// <summary>Round spans from zero to at least <paramref name="max"/> seconds.</summary>
    public static IReadOnlyList<double> SpanTicks(double max, int count = 4)
    {
        var step = Seconds.FirstOrDefault(candidate => max / candidate <= count);
        return max < Seconds[0] || step == 0 ? Ticks(max, count) : [.. Enumerable.Range(0, (int)Math.Ceiling(max / step) + 1).Select(index => (double)index * step)];
    }

    /// <summary>Round instants within a span: full seconds, minutes, hours or days, at most <paramref name="count"/> of them.</summary>
    public static IReadOnlyList<DateTimeOffset> Ticks(DateTimeOffset from, DateTimeOffset to, int count = 8)
    {
        var step = Seconds.FirstOrDefault(candidate => (to - from).TotalSeconds / candidate <= count, 2_592_000);
        var first = (long)Math.Ceiling(from.ToUnixTimeMilliseconds() / 1000d / step) * step;
        return [.. Enumerable.Range(0, count + 1).Select(index => DateTimeOffset.FromUnixTimeSeconds(first + ((long)index * step))).TakeWhile(instant => instant <= to)];
    }
}
