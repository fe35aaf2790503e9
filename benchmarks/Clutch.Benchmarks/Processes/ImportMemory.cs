using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Benchmarks.Processes;

/// <summary>P12: does the import need more memory for more rows?</summary>
internal static class ImportMemory
{
    private const int RowCount = 1_000_000;

    private static readonly Dictionary<string, string> Plain = [];

    // 0 takes the samples' budget of 16 MiB (samples/Directory.Build.props) away.
    private static readonly Dictionary<string, string> RuntimesOwn = new(StringComparer.Ordinal) { ["DOTNET_GCGen0MaxBudget"] = "0" };

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var many = options.RowsOr(RowCount);
        using var program = await ImportProgram.BuildAsync();
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        (string Name, Func<int, IReadOnlyDictionary<string, string>, Task<double>> Measure)[] databases =
        [
            ("SQLite", (rows, settings) => OnSqliteAsync(program, rows, settings)),
            ("PostgreSQL", (rows, settings) => OnPostgreSqlAsync(program, server, source, rows, settings)),
        ];
        var table = new Table(
            "P12: peak memory of the import as a process, with more and more rows",
            "database", $"{Text(many / 10)} rows, MB", $"{Text(many)} rows, MB", $"{Text(2 * many)} rows, MB", "ten times the rows", "twice again");
        foreach (var (name, measure) in databases)
        {
            var (plain, own) = (new List<Peaks>(), new List<Peaks>());
            for (var run = 0; run < options.Runs; run++)
            {
                plain.Add(await MeasureAsync(rows => measure(rows, Plain), many));
                own.Add(await MeasureAsync(rows => measure(rows, RuntimesOwn), many));
            }

            Add(table, name, plain);
            Add(table, $"{name}, the runtime's own budget", own);
            if (many == RowCount)
                options.Aims.AtMost($"ten times the rows, {name}", 1.1, Growth(plain).Median);
        }

        table.Write(
            options.Output,
            "SQLite's page cache is part of the process: a small import ends before it is full, a large one keeps it full and no more. "
            + "The import collects what dies young each 16 MiB (`System.GC.Gen0MaxBudget`, as the samples and the template have it); the rows with the runtime's own budget (`DOTNET_GCGen0MaxBudget=0`) tell what it is good for: that one grows with the processor's cache.");
    }

    private static async Task<Peaks> MeasureAsync(Func<int, Task<double>> measure, int many) => new(await measure(many / 10), await measure(many), await measure(2 * many));

    private static void Add(Table table, string name, IReadOnlyList<Peaks> peaks) => table.Add(
        name,
        Spread.Of(peaks.Select(one => one.Few)).Text("0"),
        Spread.Of(peaks.Select(one => one.Many)).Text("0"),
        Spread.Of(peaks.Select(one => one.Twice)).Text("0"),
        $"{Growth(peaks).Text("0.00")}x",
        $"{Spread.Of(peaks.Select(one => one.Twice / one.Many)).Text("0.00")}x");

    private static Spread Growth(IEnumerable<Peaks> peaks) => Spread.Of(peaks.Select(one => one.Many / one.Few));

    private static async Task<double> OnSqliteAsync(ImportProgram program, int rows, IReadOnlyDictionary<string, string> settings)
    {
        var database = Directory.CreateDirectory(Path.Combine(program.Folder, "database")).FullName;
        var peak = await ImportAsync(program, $"Data Source={Path.Combine(database, "import.db")}", rows, settings);
        Directory.Delete(database, recursive: true);
        return peak;
    }

    private static async Task<double> OnPostgreSqlAsync(ImportProgram program, TemporaryPostgreSql server, NpgsqlDataSource source, int rows, IReadOnlyDictionary<string, string> settings)
    {
        var peak = await ImportAsync(program, server.ConnectionString, rows, settings);
        await source.EmptyAsync();
        return peak;
    }

    private static async Task<double> ImportAsync(ImportProgram program, string database, int rows, IReadOnlyDictionary<string, string> settings)
    {
        var cost = await program.RunAsync(database, settings, "run", "import-products", ImportProgram.Import(rows), "--quiet");
        // The file of the rows; the next import makes its own.
        Directory.Delete(Path.Combine(program.Folder, "data"), recursive: true);
        return cost.PeakMegabytes;
    }

    private static string Text(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Peak memory in MB with more and more rows.</summary>
    private sealed record Peaks(double Few, double Many, double Twice);
}
