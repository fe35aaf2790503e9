using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Clutch.Server.Tests.Schedules;

/// <summary>Server processes of a test: this assembly, run as a program.</summary>
internal sealed class NodeProcesses(string connectionString, params int[] arguments) : IAsyncDisposable
{
    private readonly List<Process> _running = [];

    /// <summary>A file whose appearance tells the processes that the test has done its worst.</summary>
    public string OverFile { get; } = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    /// <summary>What they all said.</summary>
    public ConcurrentQueue<string> Output { get; } = [];

    public IReadOnlyList<int> Ids => [.. _running.Select(process => process.Id)];

    /// <summary>Starts one, with what is particular to it in its environment, and answers its id.</summary>
    public int Start(params IReadOnlyList<(string Name, string Value)> particular)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "exec", typeof(ScheduleNode).Assembly.Location, connectionString }.Concat(arguments.Select(number => number.ToString(CultureInfo.InvariantCulture))))
            start.ArgumentList.Add(argument);
        start.Environment["CLUTCH_TEST_OVER_FILE"] = OverFile;
        foreach (var (name, value) in particular)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Output.Enqueue($"{process.Id}: {line.Data}");
        process.ErrorDataReceived += (_, line) => Output.Enqueue($"{process.Id}: {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _running.Add(process);
        return process.Id;
    }

    /// <summary>Kills one of them with SIGKILL.</summary>
    public void Kill(int processId)
    {
        var process = _running.Single(running => running.Id == processId);
        _running.Remove(process);
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Asks one of them to end, waits until it has, and answers its exit code.</summary>
    public async Task<int> TerminateAsync(int processId)
    {
        var process = _running.Single(running => running.Id == processId);
        _running.Remove(process);
        await SignalAsync(processId, "TERM");
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Freezes one of them with SIGSTOP, and lets it go on with SIGCONT.</summary>
    public static async Task FreezeAsync(int processId, TimeSpan duration)
    {
        await SignalAsync(processId, "STOP");
        await Task.Delay(duration, TimeProvider.System);
        await SignalAsync(processId, "CONT");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        File.Delete(OverFile);
    }

    private static async Task SignalAsync(int processId, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
