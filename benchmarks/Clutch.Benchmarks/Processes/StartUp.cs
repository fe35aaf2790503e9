using System.Globalization;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Processes;

/// <summary>P14: how long does the command line take from the start of the process to its end, and how much memory?</summary>
internal static class StartUp
{
    public static async Task RunAsync(BenchmarkOptions options)
    {
        var runs = options.Runs * 4;
        using var program = await ImportProgram.BuildAsync();
        var database = $"Data Source={Path.Combine(program.Folder, "start-up.db")}";
        await program.RunAsync(database, "migrate");
        var list = new List<ProcessCost>();
        var run = new List<ProcessCost>();
        for (var number = 0; number <= runs; number++)
        {
            // A file of one row makes the tiny job: three steps, each with its start and end in the history.
            var listed = await program.RunAsync(database, "list");
            var ran = await program.RunAsync(database, "run", "import-products", ImportProgram.Import(1), $"file={await OneRowAsync(program.Folder, number)}");
            if (number == 0)
                continue;
            list.Add(listed);
            run.Add(ran);
        }

        new Table($"P14: the command line as a process, SQLite, {runs.ToString(CultureInfo.InvariantCulture)} starts", "command", "seconds, median (min-max)", "peak memory, MB")
            .Add("list", Seconds(list).Text("0.000"), Megabytes(list).Text("0"))
            .Add("run, one row", Seconds(run).Text("0.000"), Megabytes(run).Text("0"))
            .Write(options.Output);
        options.Aims.AtMost("list", 0.30, Seconds(list).Median, " s");
        options.Aims.AtMost("run, one row", 0.45, Seconds(run).Median, " s");
        options.Aims.AtMost("list: peak memory", 80, Megabytes(list).Median, " MB");
        options.Aims.AtMost("run, one row: peak memory", 80, Megabytes(run).Median, " MB");
    }

    private static async Task<string> OneRowAsync(string folder, int number)
    {
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"row-{number}.csv"));
        await File.WriteAllTextAsync(path, string.Create(CultureInfo.InvariantCulture, $"id,sku,name,qty,price,updated_at,payload\n{number + 1},SKU-1,A product,1,1.00,2026-01-01T00:00:00Z,text\n"));
        return path;
    }

    private static Spread Seconds(IEnumerable<ProcessCost> costs) => Spread.Of(costs.Select(cost => cost.Elapsed.TotalSeconds));

    private static Spread Megabytes(IEnumerable<ProcessCost> costs) => Spread.Of(costs.Select(cost => cost.PeakMegabytes));
}
