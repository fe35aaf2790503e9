using System.Diagnostics;
using System.Globalization;
using System.Text;
using Clutch.Executions;
using Clutch.Files;
using Clutch.Items;
using CsvHelper;

namespace Clutch.Benchmarks.Files;

/// <summary>What does a row of a CSV file cost, from bytes on disk to an object, against merely finding where the lines end?</summary>
/// <remarks>1,000,000 products (id, sku, name, qty, price, updated_at, payload of 200 characters) with a fixed seed, from the page cache; 7 rounds, interleaved.</remarks>
internal static class DelimitedSpeed
{
    private const int RowCount = 1_000_000;
    private const int RoundCount = 7;
    private const int ChunkSize = 10_000;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var path = Path.Combine(Path.GetTempPath(), $"clutch-delimited-{Environment.ProcessId}.csv");
        try
        {
            await GenerateAsync(path);
            await options.Output.WriteLineAsync("## Files: what does a row of a CSV file cost, from bytes on disk to an object?");
            await options.Output.WriteLineAsync();
            await options.Output.WriteLineAsync($"{RowCount:N0} rows, {new FileInfo(path).Length / (double)RowCount:F0} bytes a row; median of {RoundCount}, least and most in brackets");
            await options.Output.WriteLineAsync();
            await MeasureAsync(path, options.Output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task MeasureAsync(string path, TextWriter output)
    {
        (string Name, Func<string, Task<long>> Run)[] candidates =
        [
            ("find line ends only", FindLineEndsAsync),
            ("split into fields (no values)", bytes => ReadAsync(DelimitedFile.Reader(bytes, row => row.FieldCount))),
            ("objects, mapping written out", bytes => ReadAsync(DelimitedFile.Reader(bytes, Map))),
            ("objects, by convention", bytes => ReadAsync(DelimitedFile.Reader<Product>(bytes))),
            ("CsvHelper 34: fields (no values)", bytes => Task.FromResult(ReadWithCsvHelper(bytes, reader => reader.GetSpan(6).Length))),
            ("CsvHelper 34: objects", bytes => Task.FromResult(ReadWithCsvHelper(bytes, MapWithCsvHelper))),
        ];
        var rounds = candidates.ToDictionary(candidate => candidate.Name, _ => new List<(double Nanoseconds, double Bytes)>(), StringComparer.Ordinal);
        for (var round = 0; round <= RoundCount; round++)
        {
            foreach (var (name, run) in candidates)
            {
                var measured = await MeasureOnceAsync(path, run);
                if (round > 0)
                    rounds[name].Add(measured);
            }
        }

        await output.WriteLineAsync("| what | ns/row, median (min-max) | rows/s | bytes allocated/row |");
        await output.WriteLineAsync("| --- | --- | ---: | ---: |");
        foreach (var (name, measured) in rounds)
            await output.WriteLineAsync(Line(name, measured));
        await output.WriteLineAsync();
    }

    private static async Task<(double Nanoseconds, double Bytes)> MeasureOnceAsync(string path, Func<string, Task<long>> run)
    {
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        var count = await run(path);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (count != RowCount)
            throw new InvalidOperationException($"{count} rows came instead of {RowCount}. The reader or the generator is wrong.");
        return (elapsed.TotalNanoseconds / RowCount, (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)RowCount);
    }

    private static string Line(string name, List<(double Nanoseconds, double Bytes)> rounds)
    {
        var nanoseconds = Spread.Of(rounds.Select(round => round.Nanoseconds));
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {nanoseconds.Text("0")} | {1e9 / nanoseconds.Median:N0} | {rounds[^1].Bytes:F1} |");
    }

    private static async Task<long> FindLineEndsAsync(string path)
    {
        var buffer = new byte[256 * 1024];
        long count = 0;
        await using var file = new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        for (int length; (length = await file.ReadAsync(buffer)) > 0;)
        {
            // One search a line, as a reader must do; counting alone would be faster still.
            for (var at = 0; ; count++)
            {
                var next = buffer.AsSpan(at, length - at).IndexOf((byte)'\n');
                if (next < 0)
                    break;
                at += next + 1;
            }
        }

        return count - 1;
    }

    private static async Task<long> ReadAsync<T>(IItemReader<T> reader)
    {
        await using var _ = (IAsyncDisposable)reader;
        await reader.OpenAsync(resumeFrom: null, Step(), CancellationToken.None);
        var batch = new ReadBatch<T>(ChunkSize);
        long count = 0;
        while (!batch.IsEnd)
        {
            batch.Clear(firstOrdinal: count + 1);
            await reader.ReadAsync(batch, CancellationToken.None);
            count += batch.Count;
        }

        return count;
    }

    private static Product Map(FileRow row) => new(
        row.GetInt64("id"),
        row.GetString("sku"),
        row.GetString("name"),
        row.GetInt32("qty"),
        row.GetDecimal("price"),
        row.GetDateTimeOffset("updated_at"),
        row.GetString("payload"));

    private static long ReadWithCsvHelper<T>(string path, Func<CsvReader, T> map)
    {
        using var reader = CsvReader.FromFile(path, CsvReaderOptions.Default with { Separator = ',', BufferSize = 256 * 1024 });
        var chunk = new T[ChunkSize];
        long count = 0;
        while (reader.Read())
            chunk[count++ % ChunkSize] = map(reader);
        GC.KeepAlive(chunk);
        return count;
    }

    private static Product MapWithCsvHelper(CsvReader reader) => new(
        reader.Parse<long>(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.Parse<int>(3),
        reader.Parse<decimal>(4),
        reader.Parse<DateTimeOffset>(5),
        reader.GetString(6));

    private static async Task GenerateAsync(string path)
    {
        var random = new Random(20_261_122);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var payload = string.Create(200, random, (chars, source) => source.GetItems("abcdefghijklmnopqrstuvwxyz 0123456789", chars));
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 20);
        await file.WriteLineAsync("id,sku,name,qty,price,updated_at,payload");
        for (var id = 1; id <= RowCount; id++)
        {
            var name = id % 10 == 0 ? $"\"Widget, \"\"large\"\" no. {id:D9} of the series\"" : $"Widget of the ordinary kind, none {id:D7}".Replace(",", string.Empty, StringComparison.Ordinal);
            var updated = start.AddSeconds(random.Next(20_000_000));
            await file.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{id},SKU-{id:D10},{name},{random.Next(1_000)},{random.Next(1, 1_000_000) / 100m},{updated:yyyy-MM-ddTHH:mm:ssZ},{payload}"));
        }
    }

    private static StepContext Step() => new()
    {
        JobName = "benchmark",
        StepName = "read",
        InstanceId = new(1),
        JobExecutionId = new(1),
        StepExecutionId = new(1),
        Parameters = JobParameters.Empty,
        Services = NoServices.Instance,
        TimeProvider = TimeProvider.System,
    };

    internal sealed record Product(long Id, string Sku, string Name, int Qty, decimal Price, DateTimeOffset UpdatedAt, string Payload);

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}
