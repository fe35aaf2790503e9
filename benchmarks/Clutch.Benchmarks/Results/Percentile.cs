namespace Clutch.Benchmarks.Results;

/// <summary>A figure that a share of all figures keep below.</summary>
internal static class Percentile
{
    /// <summary>The figure at a share from 0 to 1; NaN where there is none.</summary>
    public static double Of(IReadOnlyList<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
