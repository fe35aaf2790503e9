using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks.Processes;

/// <summary>The most memory that a process had resident, in MB, as the kernel keeps it (VmHWM).</summary>
internal static class PeakMemory
{
    // The mark only grows, so what the last look before the end sees is short of the truth by a few milliseconds at most.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);

    public static async Task<double> WatchAsync(Process process)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/status");
        var peak = 0d;
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        while (!process.HasExited && await timer.WaitForNextTickAsync())
            peak = Math.Max(peak, Read(status));
        return peak;
    }

    private static double Read(string status)
    {
        try
        {
            foreach (var line in File.ReadLines(status))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return long.Parse(line["VmHWM:".Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024d;
            }
        }
        catch (IOException)
        {
            // It has just ended.
        }

        return 0;
    }
}
