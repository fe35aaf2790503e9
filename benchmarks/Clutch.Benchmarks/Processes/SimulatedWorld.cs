using System.Diagnostics;

namespace Clutch.Benchmarks.Processes;

/// <summary>The simulators as a process of their own.</summary>
internal sealed class SimulatedWorld : IAsyncDisposable
{
    private readonly Process _process;

    private SimulatedWorld(Process process, Uri url) => (_process, Url) = (process, url);

    /// <summary>Where they listen.</summary>
    public Uri Url { get; }

    public Process Process => _process;

    /// <summary>Starts them.</summary>
    /// <param name="folder">Where they work; their data are in <c>world</c> below it.</param>
    /// <param name="yields">Whether they let all others on the machine go first, as if they were elsewhere.</param>
    /// <param name="arguments">What they play.</param>
    public static async Task<SimulatedWorld> StartAsync(string folder, bool yields, params string[] arguments)
    {
        string[] program = [.. yields ? ["chrt", "--idle", "0"] : Array.Empty<string>(), "dotnet", "exec", Programs.Assembly("Simulators"), "--urls", "http://127.0.0.1:0", "--data", Path.Combine(folder, "world"), .. arguments];
        var (process, url) = await Programs.StartServerAsync(program[0], program[1..], "listening on", folder);
        return new(process, url);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.EndAsync();
        _process.Dispose();
    }
}
