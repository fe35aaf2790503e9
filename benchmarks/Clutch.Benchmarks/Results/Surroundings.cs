using System.Globalization;
using System.Runtime.InteropServices;
using Clutch.Benchmarks.Processes;
using Clutch.Testing;

namespace Clutch.Benchmarks.Results;

/// <summary>Where and when figures were measured.</summary>
internal sealed record Surroundings(string Machine, string Versions, string Date, string Commit, string Load)
{
    /// <summary>What is so before the measurement: its own work is not yet in the load average.</summary>
    public static async Task<Surroundings> ReadAsync() => new(
        await MachineAsync(),
        $".NET {Environment.Version}, {await PostgreSqlAsync()}, SQLite {SqliteVersion()}, {RuntimeInformation.OSDescription}",
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        await CommitAsync(),
        (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0]);

    public string ToMarkdown(string command) => $"""
        | measured | |
        | --- | --- |
        | command | `{command}` |
        | commit | {Commit} |
        | date | {Date} |
        | machine | {Machine} |
        | versions | {Versions} |
        | load average before | {Load} |

        """;

    private static async Task<string> MachineAsync()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        var processor = await ProcessorAsync();
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores of {processor}, {memory:0} GB of memory");
    }

    private static async Task<string> ProcessorAsync()
    {
        var lines = await File.ReadAllLinesAsync("/proc/cpuinfo");
        return lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static async Task<string> PostgreSqlAsync() =>
        TemporaryPostgreSql.FindBinaries() is { } binaries ? (await Programs.ReadAsync(Path.Combine(binaries, "postgres"), ["--version"])).Replace("postgres (PostgreSQL)", "PostgreSQL", StringComparison.Ordinal) : "no PostgreSQL";

    private static string SqliteVersion()
    {
        SQLitePCL.Batteries_V2.Init();
        return SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
    }

    private static async Task<string> CommitAsync()
    {
        string[] at = ["-C", SourceTree.Root];
        var commit = await Programs.ReadAsync("git", [.. at, "rev-parse", "--short=10", "HEAD"]);
        var changes = await Programs.ReadAsync("git", [.. at, "status", "--porcelain", "--", ".", ":!docs"]);
        return changes.Length == 0 ? commit : $"{commit} and uncommitted changes";
    }
}
