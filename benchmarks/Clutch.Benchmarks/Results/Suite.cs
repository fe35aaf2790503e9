using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Clutch.Benchmarks.Processes;

namespace Clutch.Benchmarks.Results;

/// <summary>Runs benchmarks one after the other, each in a process of its own: none inherits another's heap, compiled code or open connections, one that fails does not keep the others from running, and whatever it started ends with it.</summary>
internal sealed class Suite(IReadOnlyList<Benchmark> benchmarks, IReadOnlyList<string> arguments)
{
    // No benchmark takes longer for one round; one that waits for ever must not keep the rest from running.
    private static readonly TimeSpan MostARound = TimeSpan.FromMinutes(45);

    private readonly List<(Benchmark Benchmark, TimeSpan Time, string? Fault, IReadOnlyList<Aim> Aims)> _ended = [];

    /// <summary>Runs them all.</summary>
    /// <returns>The exit code: 0, 1 where one failed, 130 where somebody ended it.</returns>
    public async Task<int> RunAsync(int runs)
    {
        using var end = new CancellationTokenSource();
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            end.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        foreach (var benchmark in benchmarks)
        {
            await RunAsync(benchmark, runs, end.Token);
            if (end.IsCancellationRequested)
                break;
        }

        if (benchmarks.Count > 1)
            Tell();
        return end.IsCancellationRequested ? 130 : _ended.Any(one => one.Fault is not null) ? 1 : 0;
    }

    private async Task RunAsync(Benchmark benchmark, int runs, CancellationToken end)
    {
        var folder = await CreateFolderAsync();
        var aims = Path.Combine(folder, "aims.json");
        var startedAt = Stopwatch.GetTimestamp();
        using var process = Start(benchmark, folder, aims);
        var fault = await WaitAsync(process, MostARound * runs, end);
        // Nobody it started outlives it: all are in its session, but the watchers of its PostgreSQL servers, which stop these when it is gone.
        await KillAsync(process.Id);
        _ended.Add((benchmark, Stopwatch.GetElapsedTime(startedAt), fault,
            File.Exists(aims) ? JsonSerializer.Deserialize(await File.ReadAllTextAsync(aims, CancellationToken.None), AimsJson.Default.IReadOnlyListAim)! : []));
        await DeleteAsync(folder);
    }

    // A temporary folder is its owner's alone, and the PostgreSQL servers below it run as another user where this one is root.
    private static async Task<string> CreateFolderAsync()
    {
        var folder = Directory.CreateTempSubdirectory("clutch-benchmark-").FullName;
        await Programs.ReadAsync("chmod", ["711", folder]);
        return folder;
    }

    private Process Start(Benchmark benchmark, string folder, string aims)
    {
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false };
        foreach (var argument in (string[])["dotnet", "exec", Programs.Assembly("Clutch.Benchmarks"), "MEASURE", aims, benchmark.Name, .. arguments])
            start.ArgumentList.Add(argument);
        // What it leaves in files goes with it, too.
        start.Environment["TMPDIR"] = folder;
        return Process.Start(start)!;
    }

    private static async Task<string?> WaitAsync(Process process, TimeSpan most, CancellationToken end)
    {
        using var late = new CancellationTokenSource(most, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, end);
        try
        {
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"ended with {process.ExitCode}");
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return end.IsCancellationRequested ? "was ended" : string.Create(CultureInfo.InvariantCulture, $"did not end within {most.TotalMinutes:0} minutes");
        }
    }

    private static async Task KillAsync(int session)
    {
        using var kill = Programs.Start("pkill", ["-KILL", "--session", session.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    // A database server that is being stopped still has files there for a moment.
    private static async Task DeleteAsync(string folder)
    {
        for (var attempt = 1; Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }

    private void Tell()
    {
        var table = new Table("All aims", "question", "figure, by its median", "aim", "measured", "");
        foreach (var (benchmark, _, _, aims) in _ended)
        {
            foreach (var aim in aims)
                table.Add(benchmark.Name, aim.What, aim.Wanted, aim.Measured, Aims.WordFor(aim.IsMet));
        }

        table.Write(Console.Out);
        foreach (var (benchmark, time, fault, _) in _ended)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{benchmark.Name,-6} {time.TotalMinutes,6:0.0} min  {fault ?? "ok"}"));
    }
}
