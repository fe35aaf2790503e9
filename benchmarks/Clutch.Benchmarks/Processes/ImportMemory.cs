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
        using var program = await ImportProgram.BuildAsync();
        await using var server = await TemporaryPostgreSql.StartAsync();
        var table = new Table(
            "P12: peak memory of the import as a process, with more and more rows",
            "database", $"{few.ToString("N0", CultureInfo.InvariantCulture)} rows, MB", $"{many.ToString("N0", CultureInfo.InvariantCulture)} rows, MB",
            $"{(2 * many).ToString("N0", CultureInfo.InvariantCulture)} rows, MB", "ten times the rows", "twice again");
        await AddAsync("SQLite", number => $"Data Source={Path.Combine(program.Folder, $"{number}.db")}");
        await AddAsync("PostgreSQL", number => $"{server.ConnectionString};Search Path=run_{number}");
        table.Write(
            options.Output,
            "Aim: at most 1.1x.",
            "SQLite's page cache is part of the process: a small import ends before it is full, a large one keeps it full and no more.");

        async Task AddAsync(string name, Func<int, string> databaseOf)
        {
            var measured = new List<(double Few, double Many, double Twice)>();
            for (var run = 0; run < options.Runs; run++)
            {
                measured.Add((
                    await MeasureAsync(databaseOf(3 * run), few),
                    await MeasureAsync(databaseOf((3 * run) + 1), many),
                    await MeasureAsync(databaseOf((3 * run) + 2), 2 * many)));
            }

            table.Add(
                name,
                Spread.Of(measured.Select(row => row.Few)).Text("0"),
                Spread.Of(measured.Select(row => row.Many)).Text("0"),
                Spread.Of(measured.Select(row => row.Twice)).Text("0"),
                $"{Spread.Of(measured.Select(row => row.Many / row.Few)).Text("0.00")}x",
                $"{Spread.Of(measured.Select(row => row.Twice / row.Many)).Text("0.00")}x");
        }

        async Task<double> MeasureAsync(string database, int rows)
        {
            if (database.IndexOf("Search Path=", StringComparison.Ordinal) is > 0 and var at)
                await Programs.ReadAsync("psql", [.. server.ClientArguments, "-c", $"CREATE SCHEMA {database[(at + "Search Path=".Length)..]}"]);
            return (await program.RunAsync(database, "run", "import-products", ImportProgram.Import(rows), "--quiet")).PeakMegabytes;
        }
    }
}
