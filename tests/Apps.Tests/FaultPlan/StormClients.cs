using System.Collections.Concurrent;

namespace Apps.Tests.FaultPlan;

/// <summary>Keeps the clients of a storm running: whoever ends or is killed comes back after a while.</summary>
internal sealed class StormClients(StormWorld world, StormOptions options, StormLog log, FailPointQueue failPoints)
{
    private readonly ConcurrentDictionary<int, ChildProcess> _running = new();
    private readonly ConcurrentDictionary<int, bool> _killed = new();

    /// <summary>Whether each client that starts is ordered a named point; else every second one is.</summary>
    public bool OrdersPoints { get; set; }

    /// <summary>Peak of the resident memory of all clients so far, in MB.</summary>
    public long PeakMegabytes { get; private set; }

    public Task RunAsync(CancellationToken stormOver) => Task.WhenAll(Enumerable.Range(0, options.ClientCount).Select(number => KeepAsync(number, stormOver)));

    /// <summary>A running client, or null when none runs.</summary>
    public ChildProcess? Choose(Random random) => _running.Values.Where(client => !client.HasExited).ToArray() is { Length: > 0 } all ? all[random.Next(all.Length)] : null;

    /// <summary>SIGKILL; false when it had ended or was killed before.</summary>
    public bool Kill(ChildProcess client) => _killed.TryAdd(client.Id, true) && client.Kill();

    private async Task KeepAsync(int number, CancellationToken stormOver)
    {
        var random = new Random((options.Seed * 31) + number);
        // One client extracts and delivers, the others deliver.
        var command = number == 0 ? "run sync" : "run relay";
        while (!stormOver.IsCancellationRequested)
        {
            var failPoint = OrdersPoints || random.Next(2) == 0 ? failPoints.Next(extracts: number == 0) : null;
            await RunOnceAsync(number, command, failPoint, stormOver);
            await Task.Delay(TimeSpan.FromSeconds(OrdersPoints ? 0 : random.NextDouble() * options.MaxAwaySeconds), TimeProvider.System, stormOver).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task RunOnceAsync(int number, string command, string? failPoint, CancellationToken stormOver)
    {
        await using var client = world.Start(command, failPoint);
        _running[number] = client;
        try
        {
            var ended = client.WaitAsync(stormOver);
            while (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, CancellationToken.None)) != ended)
                PeakMegabytes = Math.Max(PeakMegabytes, PeakOf(client.Id));
            Judge(client, await ended, number, failPoint);
        }
        catch (OperationCanceledException)
        {
            log.Write("over", $"client {number} is killed, for the storm is over");
            if (failPoint is not null)
                failPoints.Return(failPoint);
        }
        finally
        {
            _running.TryRemove(number, out _);
        }
    }

    private void Judge(ChildProcess client, int exitCode, int number, string? failPoint)
    {
        var wasKilled = _killed.ContainsKey(client.Id);
        if (exitCode == 137 && !wasKilled && failPoint is not null)
            log.Write("fail-point", $"client {number} died at {failPoint}");
        else if (failPoint is not null)
            failPoints.Return(failPoint);
        if (!wasKilled && exitCode is not (0 or 137))
            log.Write("failed", $"client {number} ended with {exitCode}: {FaultIn(client.Output)}");
        else if (exitCode == 0)
            log.Write("ended", $"client {number} had nothing left to do");
    }

    private static string FaultIn(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.LastOrDefault(line => line.Contains("Exception: ", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "";
    }

    private static long PeakOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
