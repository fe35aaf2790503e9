using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks.Processes;

/// <summary>The sample that imports products, built once and run as its user would: as a process.</summary>
internal sealed class ImportProgram : IDisposable
{
    private static readonly Dictionary<string, string> Nothing = [];

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
        await Programs.BuildAsync(Path.Combine("samples", "02-import-products.cs"), Path.Combine(program.Folder, "bin"));
        return program;
    }

    /// <summary>Starts it; its output is thrown away.</summary>
    public Process Start(string database, params string[] arguments) => Start(database, Nothing, arguments);

    /// <summary>Runs it to its end.</summary>
    public Task<ProcessCost> RunAsync(string database, params string[] arguments) => RunAsync(database, Nothing, arguments);

    /// <summary>Runs it to its end with more in its environment.</summary>
    public async Task<ProcessCost> RunAsync(string database, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using var process = Start(database, settings, arguments);
        var peak = PeakMemory.WatchAsync(process);
        await process.WaitForExitAsync();
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        return process.ExitCode == 0
            ? new(elapsed, await peak)
            : throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with {process.ExitCode}.");
    }

    public static string Import(int rows) => string.Create(CultureInfo.InvariantCulture, $"rows={rows}");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private Process Start(string database, IReadOnlyDictionary<string, string> settings, string[] arguments) =>
        Programs.StartQuietly("dotnet", [_assembly, .. arguments], Folder, new Dictionary<string, string>(settings, StringComparer.Ordinal) { ["CLUTCH_DB"] = database });
}

/// <summary>What a process took.</summary>
internal readonly record struct ProcessCost(TimeSpan Elapsed, double PeakMegabytes);
