using System.Globalization;
using System.Text;
using Clutch.Benchmarks.Stores;
using Clutch.Files;
using Clutch.Items;
using CsvHelper;
using Microsoft.Extensions.DependencyInjection;

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
            await MeasureAsync(path, options.Output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task MeasureAsync(string path, TextWriter output)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        Task<long> ReadAsync<T>(IItemReader<T> reader) => StoreJobs.ReadAllAsync(services, reader, ChunkSize);
        var comparison = await new Comparison(output, string.Create(CultureInfo.InvariantCulture, $"Files: what does a row of a CSV file cost, from bytes on disk to an object? {RowCount:N0} rows, {new FileInfo(path).Length / (double)RowCount:F0} bytes a row"))
            .Add("find line ends only", () => MeasureAsync(() => FindLineEndsAsync(path)))
            .Add("split into fields, length of the last", () => MeasureAsync(() => ReadAsync(DelimitedFile.Reader(path, row => row.GetUtf8(6).Length))))
            .Add("objects, mapping written out", () => MeasureAsync(() => ReadAsync(DelimitedFile.Reader(path, Product.From))))
            .Add("objects, by convention", () => MeasureAsync(() => ReadAsync(DelimitedFile.Reader<Product>(path))))
            .Add("CsvHelper 34: fields, length of the last", () => MeasureAsync(() => ReadWithCsvHelper(path, reader => reader.GetSpan(6).Length)))
            .Add("CsvHelper 34: objects", () => MeasureAsync(() => ReadWithCsvHelper(path, MapWithCsvHelper)))
            .RunAsync(RoundCount);
        comparison.Write();
    }

    private static Task<Measurement> MeasureAsync(Func<Task<long>> read) => Measurement.OfAsync(RowCount, async () => StoreJobs.Expect(RowCount, await read()));

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

    private static Task<long> ReadWithCsvHelper<T>(string path, Func<CsvReader, T> map)
    {
        using var reader = CsvReader.FromFile(path, CsvReaderOptions.Default with { Separator = ',', BufferSize = 256 * 1024 });
        var chunk = new T[ChunkSize];
        long count = 0;
        while (reader.Read())
            chunk[count++ % ChunkSize] = map(reader);
        GC.KeepAlive(chunk);
        return Task.FromResult(count);
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
}
