using System.Globalization;
using System.Numerics;
using System.Text;
using Clutch.Files;

namespace Clutch.Tests.Files;

public sealed class DelimitedReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private enum Color
    {
        Red,
        Green,
    }

    [Fact]
    public async Task Columns_are_found_by_name_in_any_order()
    {
        var path = _folder.Write("products.csv", "qty,extra,sku\n3,x,A-1\n4,y,B-2\n");

        var items = await DelimitedFile.Reader(path, row => (row.GetString("sku"), row.GetInt32("qty"))).ReadAllAsync();

        Assert.Equal([("A-1", 3), ("B-2", 4)], items);
    }

    [Theory]
    [InlineData("a,\"b,c\",d", "a|b,c|d")]
    [InlineData("a,\"b\"\"c\",d", "a|b\"c|d")]
    [InlineData("a,\"\"\"\",d", "a|\"|d")]
    [InlineData("a,\"line one\nline two\r\nline three\",d", "a|line one\nline two\r\nline three|d")]
    [InlineData("a,5\" pipe,d", "a|5\" pipe|d")]
    [InlineData(",,", "||")]
    [InlineData("\"\",\"\",\"\"", "||")]
    [InlineData(" a , b ,\" c \"", " a | b | c ")]
    [InlineData("ä,日本語,😀", "ä|日本語|😀")]
    public async Task Quoting_follows_RFC_4180(string record, string expected)
    {
        var path = _folder.Write("quoted.csv", record + "\n");
        var options = new DelimitedReadOptions { HasHeader = false };

        var items = await DelimitedFile.Reader(path, Joined, options).ReadAllAsync();

        Assert.Equal([expected], items);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Every_line_end_and_none_at_the_end_of_the_file_will_do(string lineEnd)
    {
        var path = _folder.Write("ends.csv", $"a,b{lineEnd}1,2{lineEnd}{lineEnd}3,{lineEnd}5,\"6\"");

        var items = await DelimitedFile.Reader(path, Joined).ReadAllAsync();

        Assert.Equal(["1|2", "3|", "5|6"], items);
    }

    [Fact]
    public async Task Line_ends_may_be_mixed_and_line_numbers_still_count_lines()
    {
        var path = _folder.Write("mixed.csv", "n,t\r\n1,\"x\ny\r\nz\rw\"\r2,b\n\n3,c\r\r4,d");

        var items = await DelimitedFile.Reader(path, row => (row.GetInt32("n"), row.LineNumber)).ReadAllAsync();

        Assert.Equal([(1, 2L), (2, 6L), (3, 8L), (4, 10L)], items);
    }

    [Theory]
    [InlineData("\t", null, "a\t\"b\tc")]
    [InlineData(";", '\'', "a;'b;c'")]
    [InlineData("||", '"', "a||\"b||c\"")]
    [InlineData("§", '"', "a§\"b§c\"")]
    public async Task Any_delimiter_and_quotation_mark_will_do(string delimiter, char? quote, string record)
    {
        var path = _folder.Write("other.txt", record);
        var options = new DelimitedReadOptions { HasHeader = false, Delimiter = delimiter, Quote = quote };

        var item = Assert.Single(await DelimitedFile.Reader(path, Joined, options).ReadAllAsync());

        Assert.Equal(quote is null ? "a|\"b|c" : $"a|b{delimiter}c", item);
    }

    [Fact]
    public async Task A_delimiter_of_several_characters_is_not_taken_for_its_first()
    {
        var path = _folder.Write("bars.txt", "a|b||c|||d");
        var options = new DelimitedReadOptions { HasHeader = false, Delimiter = "||" };

        var items = await DelimitedFile.Reader(path, row => $"{row.GetString(0)} {row.GetString(1)} {row.GetString(2)}", options).ReadAllAsync();

        Assert.Equal(["a|b c |d"], items);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_first_column()
    {
        var path = _folder.Write("bom.csv", [0xEF, 0xBB, 0xBF, .. "sku\nA\n"u8]);

        var items = await DelimitedFile.Reader(path, row => row.GetString("sku")).ReadAllAsync();

        Assert.Equal(["A"], items);
    }

    [Fact]
    public async Task Typed_getters_read_the_invariant_culture()
    {
        var path = _folder.Write("types.csv", "2147483647,-9223372036854775808,1234.50,1e3,YES,f,2026-11-22,2026-11-22 03:04:05.25+01,01234567-89ab-cdef-0123-456789abcdef,green,17:30\n");
        var options = new DelimitedReadOptions { HasHeader = false };

        var item = Assert.Single(await DelimitedFile.Reader(path, row => new object[]
        {
            row.GetInt32(0), row.GetInt64(1), row.GetDecimal(2), row.GetDouble(3), row.GetBoolean(4), row.GetBoolean(5), row.GetDateOnly(6),
            row.GetDateTimeOffset(7), row.GetGuid(8), row.GetEnum<Color>(9), row.Get<TimeOnly>(10),
        }, options).ReadAllAsync());

        Assert.Equal(
            [
                int.MaxValue, long.MinValue, 1234.50m, 1000d, true, false, new DateOnly(2026, 11, 22),
                new DateTimeOffset(2026, 11, 22, 3, 4, 5, 250, TimeSpan.FromHours(1)), new Guid("01234567-89ab-cdef-0123-456789abcdef"), Color.Green, new TimeOnly(17, 30),
            ],
            item);
    }

    [Fact]
    public async Task A_text_asked_for_as_any_type_may_be_long()
    {
        var text = new string('x', 1_000);

        Assert.Equal([text], await ReadValueAsync(text, row => row.Get<string>(0)));
    }

    [Fact]
    public async Task A_value_of_a_type_that_parses_text_may_be_long()
    {
        var digits = new string('7', 1_000);

        Assert.Equal([BigInteger.Parse(digits, CultureInfo.InvariantCulture)], await ReadValueAsync(digits, row => row.Get<BigInteger>(0)));
    }

    [Theory]
    [InlineData("2026-11-22", "2026-11-22T00:00:00.0000000+00:00")]
    [InlineData("2026-11-22T03:04", "2026-11-22T03:04:00.0000000+00:00")]
    [InlineData("2026-11-22T03:04:05Z", "2026-11-22T03:04:05.0000000+00:00")]
    [InlineData("2026-11-22 03:04:05.123456789-0530", "2026-11-22T03:04:05.1234567-05:30")]
    [InlineData("2024-02-29t23:59:59,5+14:00", "2024-02-29T23:59:59.5000000+14:00")]
    public async Task Instants_are_read_as_ISO_8601(string text, string expected)
    {
        var items = await ReadValueAsync($"\"{text}\"", row => row.GetDateTimeOffset(0));

        Assert.Equal(expected, Assert.Single(items).ToString("O", CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Another_culture_has_another_decimal_separator()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        var path = _folder.Write("culture.csv", "price\n\"1,5\"\n");

        var items = await DelimitedFile.Reader(path, row => row.GetDecimal("price"), new() { Culture = culture }).ReadAllAsync();

        Assert.Equal([1.5m], items);
    }

    [Theory]
    [InlineData("03.04.2026", "2026-04-03T00:00:00.0000000+00:00")]
    [InlineData("3.4.26", "2026-04-03T00:00:00.0000000+00:00")]
    [InlineData("3. April 2026", "2026-04-03T00:00:00.0000000+00:00")]
    [InlineData("3.4.2026 7:30", "2026-04-03T07:30:00.0000000+00:00")]
    [InlineData("03.04.2026 07:30:05 +02:00", "2026-04-03T07:30:05.0000000+02:00")]
    [InlineData("2026-04-03T07:30Z", "2026-04-03T07:30:00.0000000+00:00")]
    public async Task Another_culture_writes_dates_in_its_own_forms(string text, string expected)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        culture.DateTimeFormat.LongDatePattern = "d. MMMM yyyy";
        var path = _folder.Write("culture.csv", $"at\n{text}\n");

        var item = Assert.Single(await DelimitedFile.Reader(path, row => row.GetDateTimeOffset("at"), new() { Culture = culture }).ReadAllAsync());

        Assert.Equal(expected, item.ToString("O", CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_empty_field_is_null_and_a_quoted_empty_one_is_an_empty_text()
    {
        var path = _folder.Write("null.csv", "a,b,c\n,\"\",\n");

        var items = await DelimitedFile.Reader(path, row => (row.GetStringOrNull("a"), row.GetStringOrNull("b"), row.GetOrNull<int>("c"), row.IsEmpty("a"))).ReadAllAsync();

        Assert.Equal([(null, "", null, true)], items);
    }

    [Fact]
    public async Task Trimming_leaves_quoted_blanks_alone()
    {
        var path = _folder.Write("trim.csv", "a,b\n  x\t,\" y \"\n");

        var items = await DelimitedFile.Reader(path, Joined, new() { Trims = true }).ReadAllAsync();

        Assert.Equal(["x| y "], items);
    }

    [Fact]
    public async Task A_mapping_may_ask_for_columns_in_an_order_of_its_own_for_each_row()
    {
        var path = _folder.Write("branching.csv", "kind,a,b\nx,1,2\ny,3,4\nx,5,6\n");

        var items = await DelimitedFile.Reader(path, row => row.GetUtf8("kind")[0] == 'x' ? row.GetInt32("a") : row.GetInt32("b") * 10 + row.GetInt32("a")).ReadAllAsync();

        Assert.Equal([1, 43, 5], items);
    }

    [Fact]
    public async Task A_file_in_another_encoding_is_converted()
    {
        var path = _folder.Write("latin.csv", Encoding.Latin1.GetBytes("name\nMüller\nÅse\n"));

        var items = await DelimitedFile.Reader(path, row => row.GetString("name"), new() { Encoding = Encoding.Latin1 }).ReadAllAsync();

        Assert.Equal(["Müller", "Åse"], items);
    }

    [Fact]
    public async Task UTF_16_with_its_mark_is_converted()
    {
        var path = _folder.Write("wide.csv", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("name\nMüller\n")]);

        var items = await DelimitedFile.Reader(path, row => row.GetString("name"), new() { Encoding = Encoding.Unicode }).ReadAllAsync();

        Assert.Equal(["Müller"], items);
    }

    [Fact]
    public async Task The_batch_is_filled_and_the_fraction_ends_at_one()
    {
        var path = _folder.Write("many.csv", "n\n" + string.Concat(Enumerable.Range(1, 25).Select(n => $"{n}\n")));

        var chunks = await DelimitedFile.Reader(path, row => row.GetInt32("n"), new() { BufferSize = 7 }).ReadChunksAsync(chunkSize: 10);

        Assert.Equal([10, 10, 5], chunks.Select(chunk => chunk.Items.Count));
        Assert.Equal(1, chunks[^1].Fraction);
        Assert.InRange(chunks[0].Fraction!.Value, 0.2, 0.5);
    }

    [Fact]
    public async Task A_header_alone_is_an_empty_input()
    {
        var path = _folder.Write("header.csv", "sku,qty\r\n");

        var items = await DelimitedFile.Reader(path, row => row.GetString("sku")).ReadAllAsync();

        Assert.Empty(items);
    }

    [Fact]
    public async Task An_empty_file_without_header_is_an_empty_input()
    {
        var path = _folder.Write("empty.csv", "");

        var items = await DelimitedFile.Reader(path, row => row.GetString(0), new() { HasHeader = false }).ReadAllAsync();

        Assert.Empty(items);
    }

    private async Task<IReadOnlyList<T>> ReadValueAsync<T>(string record, Func<FileRow, T> map)
    {
        var path = _folder.Write("value.csv", record);
        return await DelimitedFile.Reader(path, map, new() { HasHeader = false }).ReadAllAsync();
    }

    private static string Joined(FileRow row) => string.Join('|', Enumerable.Range(0, row.FieldCount).Select(index => row.GetString(index)));
}
