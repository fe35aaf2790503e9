using System.Diagnostics;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The calendar service's program in a process of its own, in the batch role.</summary>
internal sealed class BatchProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private BatchProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <param name="words">What stands after <c>batch</c>: none for a process that stays.</param>
    /// <param name="settings">Its settings.</param>
    public static BatchProcess Start(IEnumerable<string> words, IReadOnlyDictionary<string, string?> settings)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] program = ["exec", Path.Combine(AppContext.BaseDirectory, "CalendarSync.dll"), "batch", .. words];
        foreach (var word in program) start.ArgumentList.Add(word);
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["urls"] = "http://127.0.0.1:0";
        return new(Process.Start(start)!);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        return (_process.ExitCode, await _output + await _error);
    }

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
