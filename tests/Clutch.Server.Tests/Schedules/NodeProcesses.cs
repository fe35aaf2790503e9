using System.Diagnostics;
using System.Globalization;

namespace Clutch.Server.Tests.Schedules;

/// <summary>Server processes of a test: this assembly, run as a program.</summary>
internal sealed class NodeProcesses(string connectionString, params int[] arguments) : IAsyncDisposable
{
    private readonly List<Process> _running = [];

    public void Start()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { UseShellExecute = false };
        foreach (var argument in new[] { "exec", typeof(ScheduleNode).Assembly.Location, connectionString }.Concat(arguments.Select(number => number.ToString(CultureInfo.InvariantCulture))))
            start.ArgumentList.Add(argument);
        _running.Add(Process.Start(start)!);
    }

    /// <summary>Kills one of them with SIGKILL.</summary>
    public void Kill(int processId)
    {
        var process = _running.Single(running => running.Id == processId);
        _running.Remove(process);
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
