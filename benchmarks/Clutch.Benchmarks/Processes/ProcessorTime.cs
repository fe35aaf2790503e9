using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks.Processes;

/// <summary>The processor time of another process in seconds, user and system, as the kernel counts it in ticks of 10 ms.</summary>
internal static class ProcessorTime
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    public static async Task<double> WatchAsync(Process process)
    {
        var stat = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/stat");
        var seconds = 0d;
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        while (!process.HasExited && await timer.WaitForNextTickAsync())
            seconds = Math.Max(seconds, await ReadAsync(stat));
        return seconds;
    }

    private static async Task<double> ReadAsync(string stat)
    {
        try
        {
            var text = await File.ReadAllTextAsync(stat);
            // After the name in parentheses; user and system time are the 14th and 15th field of the whole (proc(5)).
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields.Length < 13 ? 0 : (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100d;
        }
        catch (IOException)
        {
            // It has just ended.
            return 0;
        }
    }
}
