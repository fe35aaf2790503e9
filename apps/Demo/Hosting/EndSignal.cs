using System.Globalization;
using System.Runtime.InteropServices;

namespace Demo.Hosting;

/// <summary>Ctrl-C, SIGTERM, or the death of the <c>dotnet run</c> that started the demo.</summary>
internal sealed class EndSignal : IDisposable
{
    private static readonly TimeSpan ParentInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals;
    private readonly ITimer? _parentWatch;

    public EndSignal()
    {
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        // Who kills 'dotnet run' means the demo; a demo left behind would hold ports and folder.
        if (ParentOf("self") is { } parent && IsDotnetRun(parent))
            _parentWatch = TimeProvider.System.CreateTimer(_ => EndWithout(parent), null, ParentInterval, ParentInterval);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _parentWatch?.Dispose();
        foreach (var signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // The second one ends the process at once: that harms nothing either.
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }

    private void EndWithout(string parent)
    {
        if (ParentOf("self") != parent)
            _source.Cancel();
    }

    // Only Linux has /proc; elsewhere a killed 'dotnet run' leaves the demo at work, and the next start says so.
    private static string? ParentOf(string process)
    {
        var file = $"/proc/{process}/stat";
        // The name in parentheses may hold blanks.
        return File.Exists(file) && File.ReadAllText(file) is var text && text[(text.LastIndexOf(')') + 2)..].Split(' ') is [_, var parent, ..] ? parent : null;
    }

    private static bool IsDotnetRun(string process)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/cmdline");
        return File.Exists(file) && File.ReadAllText(file).Split('\0') is [var program, .. var words] && Path.GetFileName(program) == "dotnet" && words.Contains("run", StringComparer.Ordinal);
    }
}
