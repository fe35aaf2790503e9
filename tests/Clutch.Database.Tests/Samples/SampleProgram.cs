using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Clutch.Database.Tests.Samples;

/// <summary>A sample, built once per test run, and run as its user would: as a process.</summary>
internal sealed class SampleProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<SampleProgram>> Built = new(StringComparer.Ordinal);
    private readonly string _assembly;

    private SampleProgram(string assembly) => _assembly = assembly;

    public static IEnumerable<string> Names => Directory.GetFiles(Path.Combine(Root, "samples"), "*.cs").Select(Path.GetFileName).Order(StringComparer.Ordinal)!;

    /// <summary>The top of the repository.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Clutch.slnx")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException($"'{AppContext.BaseDirectory}' is not below a folder with Clutch.slnx.");
            return folder.FullName;
        }
    }

    public static SampleProgram Of(string name) => Built.GetOrAdd(name, key => new(() => BuildNow(key))).Value;

    /// <summary>Starts it in a folder; its output is collected.</summary>
    public SampleRun Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => new(Start("dotnet", folder, environment, [_assembly, .. arguments]));

    // Where the SDK puts it, as for its user: a folder of its own (-o) would have all projects that a sample refers to compiled once more, 40 s instead of 5.
    private static SampleProgram BuildNow(string name)
    {
        lock (Built)
        {
            Build(name, "-v", "quiet");
            return new(Build(name, "-getProperty:TargetPath").Trim());
        }
    }

    private static string Build(string name, params string[] options)
    {
        var run = new SampleRun(Start("dotnet", Root, new Dictionary<string, string>(), ["build", Path.Combine(Root, "samples", name), "-c", "Release", "-nologo", .. options]));
        Assert.True(run.WaitForExit() == 0, $"'{name}' does not build: {run.Output}");
        return run.Output;
    }

    private static Process Start(string program, string folder, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // What the test host set for itself is not for programs it starts.
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}

/// <summary>A sample at work.</summary>
internal sealed class SampleRun
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SampleRun(Process process)
    {
        _process = process;
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Waits until the program says that its job has begun or that it serves, or ends.</summary>
    public Task BegunAsync() => Task.WhenAny(_begun.Task, _process.WaitForExitAsync());

    public int WaitForExit()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: nothing of the process runs after it.</summary>
    public void Kill() => _process.Kill();

    public void Send(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
        if (line.Data is { } said && (said.StartsWith("Job '", StringComparison.Ordinal) || said.Contains("Application started.", StringComparison.Ordinal)))
            _begun.TrySetResult();
    }
}
