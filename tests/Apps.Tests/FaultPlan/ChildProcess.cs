using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Apps.Tests.FaultPlan;

/// <summary>A program of this repository in a process of its own, which takes signals.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigStop = 19;
    private const int SigContinue = 18;
    private const int KeptLines = 200;

    // Who strikes and who waits for the end are two: the process must not vanish between a look and a blow.
    private readonly Lock _lock = new();
    private readonly Process _process;
    private bool _isOver;
    private readonly ConcurrentQueue<string> _lines = new();

    public ChildProcess(string assembly, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var argument in new[] { "exec", Path.Combine(AppContext.BaseDirectory, assembly + ".dll") }.Concat(arguments))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        Id = _process.Id;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id { get; }

    /// <summary>The last lines of both outputs.</summary>
    public string Output => string.Join('\n', _lines);

    public bool HasExited
    {
        get
        {
            lock (_lock)
                return _isOver || _process.HasExited;
        }
    }

    /// <summary>Waits for the end, and answers the exit code: 137 after SIGKILL.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL; false when it had ended before.</summary>
    public bool Kill()
    {
        lock (_lock)
        {
            if (_isOver || _process.HasExited)
                return false;
            _process.Kill();
            return true;
        }
    }

    public bool Stop() => SignalIfAlive(SigStop);

    public bool Continue() => SignalIfAlive(SigContinue);

    /// <summary>Whether a signal stopped it.</summary>
    public bool IsStopped
    {
        get
        {
            try
            {
                var status = File.ReadAllText($"/proc/{Id}/stat");
                return status[(status.LastIndexOf(')') + 2)..].StartsWith('T');
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    public static bool Signal(int process, int signal) => SendSignal(process, signal) == 0;

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        lock (_lock)
        {
            _isOver = true;
            _process.Dispose();
        }
    }

    private bool SignalIfAlive(int signal)
    {
        lock (_lock)
            return !_isOver && !_process.HasExited && Signal(Id, signal);
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
            _lines.TryDequeue(out _);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
