using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Apps.Tests.Programs;

/// <summary>A real program in a process of its own, with its output. It is killed when it is disposed.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private RunningProgram(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>All it has written so far, to both outputs.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a program of this solution.</summary>
    /// <param name="name">Its assembly, such as <c>SkuSync</c>.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Further environment variables.</param>
    public static RunningProgram Start(string name, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
            start.Environment[variable] = value;
        start.Environment["DOTNET_TieredPGO"] = "0";
        var program = new RunningProgram(new() { StartInfo = start });
        program._process.Start();
        program._process.BeginOutputReadLine();
        program._process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Waits for a line that contains a text.</summary>
    public async Task<string> WaitForAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                return found;
            if (_process.HasExited && _arrived.CurrentCount == 0)
                throw new InvalidOperationException($"The program ended without writing '{text}':\n{Output}");
            await _arrived.WaitAsync(TimeSpan.FromSeconds(1), patience.Token);
        }
    }

    /// <summary>Whether a signal stopped it.</summary>
    public bool IsStopped =>
        File.ReadAllText($"/proc/{_process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)}/stat").Contains(") T ", StringComparison.Ordinal);

    /// <summary>Waits for its end; answers its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException fault)
        {
            throw new TimeoutException($"The program did not end within {Patience}:\n{Output}", fault);
        }

        return _process.ExitCode;
    }

    /// <summary>Kills it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends it a signal, such as <c>TERM</c> or <c>STOP</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        _arrived.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _lines.Enqueue(line);
        _arrived.Release();
    }
}
