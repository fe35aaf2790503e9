using System.Globalization;

namespace SkuSync.Jobs;

/// <summary>Names for runs.</summary>
internal static class RunKeys
{
    /// <summary>A name that sorts by time and that no two processes make: <c>20261124T221530.123Z-4f</c>.</summary>
    public static string New(TimeProvider timeProvider) =>
        string.Create(CultureInfo.InvariantCulture, $"{timeProvider.GetUtcNow():yyyyMMdd'T'HHmmss'.'fff'Z'}-{Guid.NewGuid().ToString("N")[..4]}");
}
