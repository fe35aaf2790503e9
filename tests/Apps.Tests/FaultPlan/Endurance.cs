using System.Globalization;

namespace Apps.Tests.FaultPlan;

/// <summary>I14: a process that lives through faults and goes on after them keeps its memory and its connections.</summary>
/// <remarks>Clients of the storm are killed before they could leak anything. This one serves: it extracts every two seconds, relays and polls, first among the faults and then without.</remarks>
internal sealed class Endurance : IAsyncDisposable
{
    private const double Tolerance = 1.1;

    private static readonly Dictionary<string, string?> EveryTwoSeconds = new() { ["Sku__Schedule"] = "0/2 * * * * ?" };

    private readonly ChildProcess _server;
    private readonly StormLog _log;
    private Holding? _among;

    public Endurance(StormWorld world, StormLog log)
    {
        _server = world.Start("serve --urls http://127.0.0.1:0", settings: EveryTwoSeconds);
        _log = log;
    }

    /// <summary>What a process holds: its memory in the middle, for collections let it go up and down, and its connections at most, for a pool has as many as were needed at once.</summary>
    internal readonly record struct Holding(double Megabytes, int Sockets)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Megabytes:0} MB and up to {Sockets} sockets");
    }

    /// <summary>Lets it warm up and work among the faults, and keeps what it held in the second half of the time: its memory has its final size after a minute.</summary>
    public async Task WorkAmongFaultsAsync(TimeSpan time, Func<Task> change) => _among = await WatchAsync(time, change);

    /// <summary>Lets it work without faults, ends it in order, and answers what it holds too much of.</summary>
    public async Task<IReadOnlyList<Violation>> WorkInQuietAsync(TimeSpan time, Func<Task> change)
    {
        var quiet = await WatchAsync(time, change);
        ChildProcess.Signal(_server.Id, 15);
        var exitCode = await _server.WaitAsync();
        _log.Write("endurance", $"{_among} among the faults, {quiet} after them, exit code {exitCode}");
        return [.. FindGrowth(_among!.Value, quiet), .. exitCode == 0 ? [] : new[] { new Violation("I14", null, $"the server ended with {exitCode}: {_server.Output}") }];
    }

    internal static IEnumerable<Violation> FindGrowth(Holding among, Holding quiet)
    {
        if (quiet.Megabytes > among.Megabytes * Tolerance)
            yield return new("I14", null, $"memory grew: {among} among the faults, {quiet} after them");
        if (quiet.Sockets > among.Sockets * Tolerance)
            yield return new("I14", null, $"connections are left open: {among} among the faults, {quiet} after them");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<Holding> WatchAsync(TimeSpan time, Func<Task> change)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (memory, sockets) = (new List<double>(), 0);
        while (TimeProvider.System.GetElapsedTime(start) is var elapsed && elapsed < time)
        {
            if (_server.HasExited)
                throw new InvalidOperationException($"The server ended: {_server.Output}");
            await change();
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, CancellationToken.None);
            if (elapsed < time / 2)
                continue;
            memory.Add(ReadMegabytes());
            sockets = Math.Max(sockets, CountSockets());
        }

        return new(memory.Order().ElementAt(memory.Count / 2), sockets);
    }

    private double ReadMegabytes()
    {
        var resident = File.ReadLines($"/proc/{_server.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    private int CountSockets() =>
        Directory.EnumerateFiles($"/proc/{_server.Id}/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
