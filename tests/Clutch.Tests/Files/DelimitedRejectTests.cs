using System.Globalization;
using System.Text;
using Clutch.Files;
using Clutch.Items;

namespace Clutch.Tests.Files;

public sealed class DelimitedRejectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_bad_value_rejects_its_record_and_says_where_and_what()
    {
        var path = _folder.Write("products.csv", "sku,qty\nA,1\nB,many\nC,3\n");

        var chunks = await DelimitedFile.Reader(path, row => (row.GetString("sku"), row.GetInt32("qty"))).ReadChunksAsync();

        var reject = Assert.Single(chunks.SelectMany(chunk => chunk.Rejects));
        var fault = Assert.IsType<FileRecordException>(reject.Fault);
        Assert.Equal(("products.csv", 3L, "qty", "many", typeof(int)), (fault.FileName, fault.LineNumber, fault.Column, fault.Value, fault.ExpectedType));
        Assert.Equal("Column 'qty' of products.csv:3 holds 'many', which is not a valid Int32. Correct the file, or let the step skip such records.", fault.Message);
        Assert.Equal(("B,many", "products.csv:3"), (reject.Payload, reject.Location));
        Assert.Equal([("A", 1), ("C", 3)], chunks.SelectMany(chunk => chunk.Items));
    }

    [Theory]
    [InlineData("A,1,extra", "It has 3 fields where the header has 2")]
    [InlineData("A", "It has 1 field where the header has 2")]
    [InlineData("\"A\"x,1", "Field 1 has text after its closing quotation mark")]
    public async Task A_malformed_record_is_rejected_and_the_next_is_read(string record, string reason)
    {
        var path = _folder.Write("products.csv", $"sku,qty\n{record}\nB,2\n");

        var chunks = await DelimitedFile.Reader(path, row => row.GetInt32("qty")).ReadChunksAsync();

        var reject = Assert.Single(chunks.SelectMany(chunk => chunk.Rejects));
        Assert.Equal($"products.csv:2 is not a well-formed record. {reason}. Correct the file, or let the step skip such records.", reject.Fault.Message);
        Assert.Equal((record, "products.csv:2"), (reject.Payload, reject.Location));
        Assert.Equal([2], chunks.SelectMany(chunk => chunk.Items));
    }

    [Fact]
    public async Task A_quotation_mark_that_nothing_closes_rejects_what_it_swallowed()
    {
        var path = _folder.Write("products.csv", "sku,qty\nA,1\n\"B,2\nC,3\n");

        var chunks = await DelimitedFile.Reader(path, row => row.GetString("sku")).ReadChunksAsync();

        var reject = Assert.Single(chunks.SelectMany(chunk => chunk.Rejects));
        Assert.Contains("opens a quotation mark that nothing closes", reject.Fault.Message, StringComparison.Ordinal);
        Assert.Equal(("\"B,2\nC,3\n", "products.csv:3"), (reject.Payload, reject.Location));
        Assert.Equal("A", Assert.Single(chunks.SelectMany(chunk => chunk.Items)));
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("1,000")]
    [InlineData("")]
    [InlineData("abc")]
    public async Task A_decimal_with_a_comma_is_refused_and_not_a_thousand_times_too_large(string text) =>
        Assert.Single(await RejectsAsync(text, row => row.GetDecimal(0)));

    [Theory]
    [InlineData("01/02/2026")]
    [InlineData("2026-02-30")]
    [InlineData("2026-13-01")]
    [InlineData("0000-01-01")]
    [InlineData("2026-1-1")]
    public async Task A_date_that_means_two_days_or_none_is_refused(string text) =>
        Assert.Single(await RejectsAsync(text, row => row.GetDateOnly(0)));

    [Theory]
    [InlineData("2026-11-22T24:00:00Z")]
    [InlineData("2026-11-22T03")]
    [InlineData("2026-11-22T03:04:05.Z")]
    [InlineData("2026-11-22T03:04:05+15:00")]
    [InlineData("2026-11-22T03:04:05+01:0")]
    [InlineData("2026-11-22T03:04:05ZZ")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public async Task An_instant_that_does_not_exist_is_refused(string text) =>
        Assert.Single(await RejectsAsync(text, row => row.GetDateTimeOffset(0)));

    [Fact]
    public async Task A_format_of_its_own_reads_other_dates()
    {
        var path = _folder.Write("dates.csv", "d\n22.11.2026\n2026-11-22\n");

        var chunks = await DelimitedFile.Reader(path, row => row.GetDateOnly("d", "dd.MM.yyyy")).ReadChunksAsync();

        Assert.Equal([new DateOnly(2026, 11, 22)], chunks.SelectMany(chunk => chunk.Items));
        Assert.Contains("in the format 'dd.MM.yyyy'", Assert.Single(chunks.SelectMany(chunk => chunk.Rejects)).Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused_and_not_replaced()
    {
        var path = _folder.Write("latin.csv", Encoding.Latin1.GetBytes("name\nMüller\n"));

        var reject = Assert.Single(await DelimitedFile.Reader(path, row => row.GetString("name")).ReadRejectsAsync());

        Assert.StartsWith("Column 'name' of latin.csv:2 holds bytes that are not UTF-8. Set 'Encoding'", reject.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_no_value_of_any_type()
    {
        var path = _folder.Write("latin.csv", Encoding.Latin1.GetBytes("grade\nä\n"));

        var reject = Assert.Single(await DelimitedFile.Reader(path, row => row.Get<char>("grade")).ReadRejectsAsync());

        Assert.StartsWith("Column 'grade' of latin.csv:2 holds bytes that are not UTF-8. Set 'Encoding'", reject.Fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12:30")]
    [InlineData("3.4")]
    [InlineData("3.4.")]
    [InlineData("April 2026")]
    [InlineData("04.13.2026")]
    [InlineData("29.2.2026")]
    public async Task A_date_that_its_culture_would_complete_from_today_is_refused(string text)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";

        Assert.Single(await RejectsAsync(text, row => row.GetDateOnly(0), culture));
        Assert.Single(await RejectsAsync(text, row => row.GetDateTimeOffset(0), culture));
        Assert.Single(await RejectsAsync(text, row => row.Get<DateTime>(0), culture));
    }

    [Fact]
    public async Task An_exception_of_the_mapping_rejects_the_record_with_its_own_type()
    {
        var path = _folder.Write("products.csv", "qty\n-1\n2\n");

        var chunks = await DelimitedFile.Reader(path, row =>
        {
            var quantity = row.GetInt32("qty");
            return quantity >= 0 ? quantity : throw new InvalidOperationException("Stock cannot be negative.");
        }).ReadChunksAsync();

        Assert.IsType<InvalidOperationException>(Assert.Single(chunks.SelectMany(chunk => chunk.Rejects)).Fault);
        Assert.Equal([2], chunks.SelectMany(chunk => chunk.Items));
    }

    [Fact]
    public async Task A_column_by_place_that_a_record_lacks_rejects_it()
    {
        var reject = Assert.Single(await RejectsAsync("a", row => row.GetString(1)));

        Assert.Equal("value.csv:1 has only 1 fields, so there is no column 1 (counted from 0). Correct the file or the mapping.", reject.Fault.Message);
    }

    [Fact]
    public async Task Nothing_but_rejects_does_not_pile_up_in_one_batch()
    {
        var path = _folder.Write("bad.csv", "n\n" + string.Concat(Enumerable.Repeat("x\n", 95)));

        var chunks = await DelimitedFile.Reader(path, row => row.GetInt32("n")).ReadChunksAsync(chunkSize: 10);

        Assert.All(chunks, chunk => Assert.InRange(chunk.Rejects.Count, 0, 10));
        Assert.Equal(95, chunks.Sum(chunk => chunk.Rejects.Count));
        Assert.All(chunks, chunk => Assert.NotNull(chunk.Checkpoint));
    }

    [Fact]
    public async Task A_record_longer_than_the_maximum_ends_the_step_and_names_its_line()
    {
        var path = _folder.Write("long.csv", $"n,t\n1,a\n2,\"{new string('x', 500)}\"\n");
        var options = new DelimitedReadOptions { MaxRecordLength = 100, BufferSize = 16 };

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => DelimitedFile.Reader(path, row => row.GetInt32("n"), options).ReadAllAsync());

        Assert.Equal(
            "The record that begins at long.csv:3 is longer than 100 bytes. Look there for a quotation mark that is never closed, or raise 'MaxRecordLength'.",
            fault.Message);
    }

    [Fact]
    public async Task A_record_of_just_the_maximum_is_read()
    {
        var path = _folder.Write("long.csv", $"{new string('x', 98)}\r\n{new string('y', 98)}\r\n");
        var options = new DelimitedReadOptions { HasHeader = false, MaxRecordLength = 100, BufferSize = 16 };

        var items = await DelimitedFile.Reader(path, row => row.GetString(0).Length, options).ReadAllAsync();

        Assert.Equal([98, 98], items);
    }

    private async Task<IReadOnlyList<ReadReject>> RejectsAsync<T>(string value, Func<FileRow, T> map, CultureInfo? culture = null)
    {
        var path = _folder.Write("value.csv", $"\"{value}\"\n");
        var options = new DelimitedReadOptions { HasHeader = false, Delimiter = "\t", Culture = culture ?? CultureInfo.InvariantCulture };
        return await DelimitedFile.Reader(path, map, options).ReadRejectsAsync();
    }
}
