using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Files;

namespace Clutch.Tests.Files;

public sealed partial class JsonLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_line_is_an_item_and_blank_lines_are_none()
    {
        var path = _folder.Write("stock.jsonl", """{"sku":"A","quantity":1}""" + "\r\n\n" + """ { "quantity" : 2, "sku" : "B\n" } """);

        var items = await JsonLinesFile.Reader(path, StockJson.Default.Stock).ReadAllAsync();

        Assert.Equal([new Stock("A", 1), new Stock("B\n", 2)], items);
    }

    [Theory]
    [InlineData("""{"sku":"B","quantity":"many"}""")]
    [InlineData("""{"sku":"B",""")]
    [InlineData("null")]
    [InlineData("nonsense")]
    public async Task A_bad_line_is_rejected_with_its_place(string line)
    {
        var path = _folder.Write("stock.jsonl", """{"sku":"A","quantity":1}""" + $"\n{line}\n" + """{"sku":"C","quantity":3}""" + "\n");

        var chunks = await JsonLinesFile.Reader(path, StockJson.Default.Stock).ReadChunksAsync();

        var reject = Assert.Single(chunks.SelectMany(chunk => chunk.Rejects));
        Assert.StartsWith("stock.jsonl:2 is not a JSON value of the type Stock.", reject.Fault.Message, StringComparison.Ordinal);
        Assert.IsType<FileRecordException>(reject.Fault);
        Assert.Equal((line, "stock.jsonl:2"), (reject.Payload, reject.Location));
        Assert.Equal(2, chunks.Sum(chunk => chunk.Items.Count));
    }

    [Theory]
    [InlineData("stock.jsonl")]
    [InlineData("stock.jsonl.gz")]
    public async Task It_restarts_at_every_checkpoint(string name)
    {
        var text = "\uFEFF" + string.Concat(Enumerable.Range(1, 40).Select(n => n % 9 == 0 ? "bad\n" : JsonSerializer.Serialize(new Stock($"S{n}é", n), StockJson.Default.Stock) + "\n"));
        var path = name.EndsWith(".gz", StringComparison.Ordinal) ? _folder.WriteGzip(name, text) : _folder.Write(name, text);

        await FileSteps.AssertRestartsAnywhereAsync(() => JsonLinesFile.Reader(path, StockJson.Default.Stock, new() { BufferSize = 10 }), chunkSize: 3);
    }

    [Fact]
    public async Task What_is_written_is_read_again_one_line_an_item_though_the_type_asks_for_indentation()
    {
        var path = _folder["stock.jsonl"];
        Stock[] items = [new("A\r\nB", 1), new("\u2028\"\\ü😀", -2), new(string.Empty, 0)];
        var writer = JsonLinesFile.Writer(path, StockJson.Default.Stock);

        await writer.OpenAsync();
        await writer.WriteAsync(items);
        await writer.CompleteAsync();

        Assert.Equal(3, File.ReadAllText(path).Count(character => character == '\n'));
        Assert.Equal(items, await JsonLinesFile.Reader(path, StockJson.Default.Stock).ReadAllAsync());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_fails_its_item_instead_of_becoming_another_character()
    {
        var path = _folder["half.jsonl"];
        var writer = JsonLinesFile.Writer(path, StockJson.Default.Stock);
        await writer.OpenAsync();

        var faults = await writer.WriteAsync(new Stock("\uFFFD😀", 1), new Stock("half \uD83D of it", 2), new Stock("\uDE00", 3), new Stock("ok", 4));
        await writer.CompleteAsync();

        Assert.Equal([1, 2], faults.Select(fault => fault.Index));
        Assert.All(faults, fault => Assert.IsType<EncoderFallbackException>(fault.Fault));
        Assert.Equal([new Stock("\uFFFD😀", 1), new Stock("ok", 4)], await JsonLinesFile.Reader(path, StockJson.Default.Stock).ReadAllAsync());
    }

    internal sealed record Stock(string Sku, int Quantity);

    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Stock))]
    internal sealed partial class StockJson : JsonSerializerContext;
}
