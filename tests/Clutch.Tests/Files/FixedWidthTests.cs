using System.Text;
using Clutch.Files;
using Clutch.Items;

namespace Clutch.Tests.Files;

public sealed class FixedWidthTests : IDisposable
{
    private static readonly FixedWidthColumn[] Layout = [new("sku", 1, 5), new("qty", 6, 4), new("name", 11, 6)];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Columns_are_cut_at_their_places_and_trimmed()
    {
        var path = _folder.Write("stock.txt", "A-1    12|Widget behind\r\nB-2   -3 |  Nut \r\n");

        var items = await Reader(path).ReadAllAsync();

        Assert.Equal([("A-1", 12, "Widget"), ("B-2", -3, "Nut")], items);
    }

    [Fact]
    public async Task Places_count_characters_and_not_bytes()
    {
        var path = _folder.Write("stock.txt", "Ä-1    12|Müller\nß😀      7|日本語   \n");

        var items = await Reader(path).ReadAllAsync();

        Assert.Equal([("Ä-1", 12, "Müller"), ("ß😀", 7, "日本語")], items);
    }

    [Fact]
    public async Task Places_count_bytes_where_told_so()
    {
        var path = _folder.Write("stock.txt", "Ä-1   12|Mülle\n");

        var items = await Reader(path, new() { Unit = FixedWidthUnit.Bytes }).ReadAllAsync();

        Assert.Equal([("Ä-1", 12, "Mülle")], items);
    }

    [Fact]
    public async Task Bytes_are_those_of_the_file_in_its_own_encoding()
    {
        var korean = CodePagesEncodingProvider.Instance.GetEncoding(949)!;
        var path = _folder.Write("stock.txt", korean.GetBytes("가-1   12|나사못\nA-2     7|Nut   \n가나    7|볼트  \n"));

        var items = await Reader(path, new() { Unit = FixedWidthUnit.Bytes, Encoding = korean }).ReadAllAsync();

        Assert.Equal([("가-1", 12, "나사못"), ("A-2", 7, "Nut"), ("가나", 7, "볼트")], items);
    }

    [Fact]
    public async Task A_column_that_ends_within_a_character_of_several_bytes_rejects_its_line()
    {
        var korean = CodePagesEncodingProvider.Instance.GetEncoding(949)!;
        var path = _folder.Write("stock.txt", korean.GetBytes("AB가나 12|나사못\n가-1   12|나사\n"));

        var rejects = await Reader(path, new() { Unit = FixedWidthUnit.Bytes, Encoding = korean }).ReadRejectsAsync();

        Assert.Collection(
            rejects,
            reject => Assert.Contains("Column 'sku' begins or ends within a character", reject.Fault.Message, StringComparison.Ordinal),
            reject => Assert.Contains("It is 14 bytes long, but its columns end at 16", reject.Fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_of_UTF_16_are_two_a_character_even_of_ASCII()
    {
        var path = _folder.Write("stock.txt", Encoding.Unicode.GetBytes("12ä\n"));

        var items = await FixedWidthFile.Reader(
            path,
            [new("n", 1, 4), new("t", 5, 2)],
            row => (row.GetInt32("n"), row.GetString("t")),
            new() { Unit = FixedWidthUnit.Bytes, Encoding = Encoding.Unicode }).ReadAllAsync();

        Assert.Equal([(12, "ä")], items);
    }

    [Fact]
    public void Bytes_of_an_encoding_that_switches_between_character_sets_are_not_counted()
    {
        var switching = CodePagesEncodingProvider.Instance.GetEncoding("iso-2022-jp")!;

        var fault = Assert.Throws<ArgumentException>(() => Reader("any.txt", new() { Unit = FixedWidthUnit.Bytes, Encoding = switching }));

        Assert.StartsWith("The bytes of a column cannot be counted in the encoding 'iso-2022-jp', which switches", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_line_is_rejected()
    {
        var path = _folder.Write("stock.txt", "A-1    12|Widget\nB-2    13\n\nC-3    14|Bolts \n");

        var chunks = await Reader(path).ReadChunksAsync();

        var reject = Assert.Single(chunks.SelectMany(chunk => chunk.Rejects));
        Assert.Equal(
            "stock.txt:2 is not a well-formed record. It is 9 characters long, but its columns end at 16. Correct the file, or let the step skip such records.",
            reject.Fault.Message);
        Assert.Equal(("B-2    13", "stock.txt:2"), (reject.Payload, reject.Location));
        Assert.Equal(2, chunks.Sum(chunk => chunk.Items.Count));
    }

    [Fact]
    public async Task A_line_of_another_than_the_record_length_is_rejected()
    {
        var path = _folder.Write("stock.txt", "A-1    12|Widget\nB-2    13|Widgets\n");

        var reject = Assert.Single(await Reader(path, new() { RecordLength = 16 }).ReadRejectsAsync());

        Assert.Contains("It is 17 characters long instead of 16", reject.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_value_is_rejected_with_its_column()
    {
        var path = _folder.Write("stock.txt", "A-1    xx|Widget\n");

        var reject = Assert.Single(await Reader(path).ReadRejectsAsync());

        Assert.StartsWith("Column 'qty' of stock.txt:1 holds 'xx', which is not a valid Int32.", reject.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Characters_of_another_encoding_are_converted_or_refused()
    {
        var path = _folder.Write("stock.txt", Encoding.Latin1.GetBytes("A-1    12|Müller\n"));

        var reject = Assert.Single(await Reader(path).ReadRejectsAsync());
        var items = await Reader(path, new() { Encoding = Encoding.Latin1 }).ReadAllAsync();

        Assert.Contains("It holds bytes that are not UTF-8", reject.Fault.Message, StringComparison.Ordinal);
        Assert.Equal([("A-1", 12, "Müller")], items);
    }

    [Fact]
    public async Task It_restarts_at_every_checkpoint()
    {
        var path = _folder.Write("stock.txt", string.Concat(Enumerable.Range(1, 40).Select(n => $"S{n,-4}{n,4}|Näme{n,-2}\r\n")));

        await FileSteps.AssertRestartsAnywhereAsync(() => Reader(path, new() { BufferSize = 9 }), chunkSize: 3);
    }

    [Fact]
    public void A_layout_that_counts_from_zero_is_refused()
    {
        var fault = Assert.Throws<ArgumentException>(() => FixedWidthFile.Reader("any.txt", [new("sku", 0, 5)], row => 0));

        Assert.StartsWith("Column 'sku' starts at 0 and is 5 long. Count places from 1, and give it at least one.", fault.Message, StringComparison.Ordinal);
    }

    private static IItemReader<(string Sku, int Quantity, string Name)> Reader(string path, FixedWidthReadOptions? options = null) =>
        FixedWidthFile.Reader(path, Layout, row => (row.GetString("sku"), row.GetInt32("qty"), row.GetString("name")), options);
}
