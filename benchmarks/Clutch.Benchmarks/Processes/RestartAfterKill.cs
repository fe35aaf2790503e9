using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Benchmarks.Processes;

/// <summary>P13: after kill -9 in the midst of an import, how long from the start of the next process to its first new row, and does it take up exactly where the last commit was?</summary>
internal static class RestartAfterKill
{
    private const int ChunkSize = 5_000;
    private const int LeastRows = 100_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(2);

    /// <summary>The import of a small file is over before it can be killed.</summary>
    public static string? FindProblem(BenchmarkOptions options) => options.Rows < LeastRows ? string.Create(CultureInfo.InvariantCulture, $"P13 needs at least {LeastRows:N0} rows.") : null;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        using var program = await ImportProgram.BuildAsync();
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await source.EmptyAsync();
        // Makes the file, so that every further import only reads it.
        await program.RunAsync(server.ConnectionString, "run", "import-products", ImportProgram.Import(rows), "--quiet");
        var found = new Dictionary<int, List<Restart>>();
        for (var run = 0; run < options.Runs; run++)
        {
            foreach (var percent in (int[])[20, 50, 80])
            {
                await source.EmptyAsync();
                await program.RunAsync(server.ConnectionString, "migrate");
                if (!found.TryGetValue(percent, out var list))
                    found[percent] = list = [];
                list.Add(await MeasureAsync(program, server, source, rows, percent));
            }
        }

        var table = new Table(
            $"P13: restart after kill -9, CSV to PostgreSQL, {rows.ToString("N0", CultureInfo.InvariantCulture)} rows, chunk {ChunkSize.ToString("N0", CultureInfo.InvariantCulture)}",
            "killed at", "process start to first new row, s", "rows counted twice", "rows at the end");
        foreach (var (percent, list) in found)
        {
            table.Add(
                string.Create(CultureInfo.InvariantCulture, $"{percent} %"),
                Spread.Of(list.Select(restart => restart.Seconds)).Text("0.00"),
                string.Create(CultureInfo.InvariantCulture, $"{list.Max(restart => restart.CountedTwice)}"),
                list.TrueForAll(restart => restart.IsExact) ? "each once" : "WRONG");
        }

        table.Write(
            options.Output,
            "No lease is waited for: the dead process was of this machine.",
            "Rows counted twice are what both executions committed as read, less the rows of the file. What the killed process had read ahead and not committed is not seen from outside; it is at most the chunks in flight.");
        foreach (var (percent, list) in found)
            options.Aims.AtMost(string.Create(CultureInfo.InvariantCulture, $"killed at {percent} %: process start to first new row"), 1, Spread.Of(list.Select(restart => restart.Seconds)).Median, " s");
        options.Aims.AtMost("rows counted twice: one chunk", ChunkSize, found.Values.Max(list => list.Max(restart => restart.CountedTwice)), " rows");
    }

    private static async Task<Restart> MeasureAsync(ImportProgram program, TemporaryPostgreSql server, NpgsqlDataSource source, int rows, int percent)
    {
        string[] import = ["run", "import-products", $"file={Path.Combine(program.Folder, "data", $"products-{rows.ToString(CultureInfo.InvariantCulture)}.csv")}", "--quiet"];
        using (var first = program.Start(server.ConnectionString, import))
        {
            await WaitForRowsAsync(source, (long)rows * percent / 100, first);
            await first.EndAsync();
        }

        var before = await CommittedAsync(source);
        var startedAt = Stopwatch.GetTimestamp();
        using var second = program.Start(server.ConnectionString, import);
        await WaitForRowsAsync(source, before + 1, second);
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        await second.WaitForExitAsync();
        var read = await ScalarAsync(source, "SELECT coalesce(sum(read_count), 0)::bigint FROM clutch_step_execution WHERE step_name = 'import'");
        var distinct = await ScalarAsync(source, "SELECT count(*) FROM product WHERE id BETWEEN 1 AND " + rows.ToString(CultureInfo.InvariantCulture));
        return new(elapsed.TotalSeconds, read - rows, second.ExitCode == 0 && distinct == rows);
    }

    // The checkpoint commits together with the rows and is one row, so looking at it costs the import next to nothing.
    private static Task WaitForRowsAsync(NpgsqlDataSource source, long count, Process import) =>
        Waiting.UntilAsync(string.Create(CultureInfo.InvariantCulture, $"row {count}"), async () => await CommittedAsync(source) >= count, LookEvery, import);

    private static Task<long> CommittedAsync(NpgsqlDataSource source) =>
        ScalarAsync(source, "SELECT coalesce(sum(written_count), 0)::bigint FROM clutch_step_execution WHERE step_name = 'import'");

    private static async Task<long> ScalarAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private sealed record Restart(double Seconds, long CountedTwice, bool IsExact);
}
