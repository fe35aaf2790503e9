using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks;

/// <summary>One run of one variant.</summary>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="Items">How many items it moved.</param>
/// <param name="AllocatedBytes">What it allocated on the managed heap, or null where another process did the work.</param>
internal readonly record struct Measurement(double Seconds, long Items, long? AllocatedBytes = null)
{
    public double NanosecondsPerItem => Seconds * 1e9 / Items;

    public double ItemsPerSecond => Items / Seconds;

    public double BytesPerItem => (AllocatedBytes ?? 0d) / Items;

    /// <summary>Times a piece of work of this process.</summary>
    public static async Task<Measurement> OfAsync(long items, Func<Task> work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var startedAt = Stopwatch.GetTimestamp();
        await work();
        return new(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, items, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }
}

/// <summary>The median of several runs with its spread.</summary>
internal readonly record struct Spread(double Min, double Median, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return new(sorted[0], sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[^1]);
    }

    /// <summary>The median with least and most; the median alone where all values are the same, or there is one.</summary>
    public string Text(string format)
    {
        var median = Median.ToString(format, CultureInfo.InvariantCulture);
        return Min.Equals(Max) ? median : string.Create(CultureInfo.InvariantCulture, $"{median} ({Min.ToString(format, CultureInfo.InvariantCulture)}-{Max.ToString(format, CultureInfo.InvariantCulture)})");
    }
}
