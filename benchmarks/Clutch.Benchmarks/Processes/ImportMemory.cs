using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Testing;

namespace Clutch.Benchmarks.Processes;

/// <summary>P12: does the import need more memory for more rows?</summary>
internal static class ImportMemory
{
    public static async Task RunAsync(BenchmarkOptions options)
    {
        var many = options.RowsOr(1_000_000);
        var few = many / 10;
        var runs = Math.Min(options.Runs, 3);
        using var program = await ImportProgram.BuildAsync();
        await using var server = await TemporaryPostgreSql.StartAsync();
        var table = new Table(
            $"P12: peak memory of the import as a process, {few.ToString("N0", CultureInfo.InvariantCulture)} rows against {many.ToString("N0", CultureInfo.InvariantCulture)}",
            "database", "few rows, MB", "many rows, MB", "ratio, median (min-max)");
        await AddAsync("SQLite", number => $"Data Source={Path.Combine(program.Folder, $"{number}.db")}");
        await AddAsync("PostgreSQL", number => $"{server.ConnectionString};Search Path=run_{number}");
        table.Write(options.Output, "Aim: at most 1.1x.");

        async Task AddAsync(string name, Func<int, string> databaseOf)
        {
            var measured = new List<(double Few, double Many)>();
            for (var run = 0; run < runs; run++)
                measured.Add((await MeasureAsync(databaseOf(2 * run), few), await MeasureAsync(databaseOf((2 * run) + 1), many)));
            table.Add(
                name,
                Spread.Of(measured.Select(pair => pair.Few)).Text("0"),
                Spread.Of(measured.Select(pair => pair.Many)).Text("0"),
                $"{Spread.Of(measured.Select(pair => pair.Many / pair.Few)).Text("0.00")}x");
        }

        async Task<double> MeasureAsync(string database, int rows)
        {
            if (database.IndexOf("Search Path=", StringComparison.Ordinal) is > 0 and var at)
                await Programs.ReadAsync("psql", [.. server.ClientArguments, "-c", $"DROP SCHEMA IF EXISTS run_previous CASCADE; CREATE SCHEMA {database[(at + "Search Path=".Length)..]}"]);
            return (await program.RunAsync(database, "run", "import-products", ImportProgram.Import(rows), "--quiet")).PeakMegabytes;
        }
    }
}
