using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Processes;

/// <summary>The sample that imports products, built once and run as its user would: as a process.</summary>
internal sealed class ImportProgram : IDisposable
{
    private readonly string _assembly;

    private ImportProgram(string folder)
    {
        Folder = folder;
        _assembly = Path.Combine(folder, "bin", "02-import-products.dll");
    }

    /// <summary>A temporary folder: the program works in it and keeps its data below.</summary>
    public string Folder { get; }

    public static async Task<ImportProgram> BuildAsync()
    {
        var program = new ImportProgram(Directory.CreateTempSubdirectory("clutch-import-").FullName);
        await Programs.ReadAsync("dotnet", ["build", Path.Combine(SourceTree.Root, "samples", "02-import-products.cs"), "-c", "Release", "-o", Path.Combine(program.Folder, "bin"), "-nologo", "-v", "quiet"]);
        return program;
    }

    public Process Start(string database, params string[] arguments)
    {
        var process = Programs.Start("dotnet", [_assembly, .. arguments], Folder, new Dictionary<string, string>(StringComparer.Ordinal) { ["CLUTCH_DB"] = database });
        // Its pipes are emptied, or it would wait when they are full.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<ProcessCost> RunAsync(string database, params string[] arguments)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using var process = Start(database, arguments);
        var peak = PeakMemory.WatchAsync(process);
        await process.WaitForExitAsync();
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        return process.ExitCode == 0
            ? new(elapsed, await peak)
            : throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with {process.ExitCode}.");
    }

    public static string Import(int rows) => string.Create(CultureInfo.InvariantCulture, $"rows={rows}");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>What a process took.</summary>
internal readonly record struct ProcessCost(TimeSpan Elapsed, double PeakMegabytes);
