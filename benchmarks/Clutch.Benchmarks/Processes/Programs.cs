using System.Diagnostics;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Processes;

/// <summary>Other programs.</summary>
internal static class Programs
{
    /// <summary>The path of a program that was built with this one.</summary>
    public static string Assembly(string name) => Path.Combine(AppContext.BaseDirectory, $"{name}.dll");

    /// <summary>Builds a program of the source tree, and leaves no build server behind that would go on beside the measurement.</summary>
    public static Task BuildAsync(string project, string output) => ReadAsync(
        "dotnet",
        [
            "build", Path.Combine(SourceTree.Root, project), "-c", "Release", "-o", output, "-nologo", "-v", "quiet", "-p:RunAnalyzers=false", "-p:UseSharedCompilation=false",
        ],
        // A program of one file takes no -nodeReuse:false.
        new Dictionary<string, string>(StringComparer.Ordinal) { ["MSBUILDDISABLENODEREUSE"] = "1" });

    /// <summary>What the program says, without the line's end.</summary>
    public static async Task<string> ReadAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(program, arguments, environment: environment);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"'{program}' ended with {process.ExitCode}: {await error}{output}");
    }

    /// <summary>Starts a program whose output is thrown away.</summary>
    public static Process StartQuietly(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = Start(program, arguments, folder, environment);
        // Its pipes are emptied, or it would wait when they are full.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Starts a program that listens, and reads its output up to the line that tells its address.</summary>
    public static async Task<(Process Process, Uri Url)> StartServerAsync(string program, IEnumerable<string> arguments, string before, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = Start(program, arguments, folder, environment);
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf(before, StringComparison.Ordinal) is >= 0 and var found)
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return (process, new Uri($"{line[(found + before.Length)..].Trim()}/"));
            }
        }

        throw new InvalidOperationException($"'{program}' ended before it listened.");
    }

    public static Process Start(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (folder is not null)
            start.WorkingDirectory = folder;
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Kills it and waits until it is gone.</summary>
    public static async Task EndAsync(this Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }
}
