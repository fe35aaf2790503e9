using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks.Processes;

/// <summary>Waits for what others bring about, and not for ever.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(15);

    /// <summary>Waits until something is so.</summary>
    /// <param name="what">What is waited for, for the fault's message.</param>
    /// <param name="isSo">Whether it is so by now.</param>
    /// <param name="every">How often to look.</param>
    /// <param name="needed">The processes that are to bring it about.</param>
    /// <exception cref="InvalidOperationException">One of the processes has ended before.</exception>
    /// <exception cref="TimeoutException">It was not so within a quarter of an hour.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> isSo, TimeSpan every, params IReadOnlyList<Process> needed)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(every, TimeProvider.System);
        while (true)
        {
            // Looked at first: what a process did just before its end counts.
            var ended = needed.FirstOrDefault(process => process.HasExited);
            if (await isSo())
                return;
            if (ended is not null)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Waited for {what}, but a process that was needed for it ended with {ended.ExitCode}."));
            if (Stopwatch.GetElapsedTime(startedAt) > Most)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Waited for {what} for {Most.TotalMinutes:0} minutes."));
            await timer.WaitForNextTickAsync();
        }
    }
}
