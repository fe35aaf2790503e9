using Clutch.Files;
using FsCheck;
using FsCheck.Fluent;

namespace Clutch.Tests.Files;

/// <summary>What the writer writes, the reader reads again, value for value.</summary>
public sealed class DelimitedRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(",", '"', "\n", true)]
    [InlineData(";", '\'', "\r\n", false)]
    [InlineData("\t", '"', "\r", false)]
    [InlineData("||", '"', "\n", false)]
    [InlineData("§", '`', "\r\n", true)]
    public void Any_texts_come_back_as_they_were(string delimiter, char quote, string newLine, bool hasHeader)
    {
        string?[] special = [null, string.Empty, "\uFEFF", "\uFEFFx", " ", "\"", "\"\"", "'", "`", ",", ";", "|", "||", "|||", "\t", "§", "\n", "\r", "\r\n", "\n\n", "ï", "é", "日本", "😀", "null", "\0"];
        var texts = Gen.OneOf(Gen.Elements(special), Gen.ListOf(Gen.Elements(special)).Select(parts => (string?)string.Concat(parts)), Gen.Constant<string?>("plain"));
        var rows = Gen.ListOf(Gen.Zip(texts, texts).Zip(texts));
        var number = 0;
        var options = new DelimitedWriteOptions { Delimiter = delimiter, Quote = quote, NewLine = newLine, HasHeader = hasHeader, BufferSize = 16 };

        var property = Prop.ForAll(rows.ToArbitrary(), sample =>
        {
            (string?, string?, string?)[] items = [.. sample.Select(row => (row.Item1.Item1, row.Item1.Item2, row.Item2))];
            var path = _folder[$"{++number}.csv"];
            WriteAsync(path, items, options).GetAwaiter().GetResult();

            var read = ReadAsync(path, options).GetAwaiter().GetResult();

            Assert.Equal(items, read);
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), property);
    }

    [Fact]
    public async Task Values_of_every_kind_come_back_as_they_were()
    {
        var path = _folder["values.csv"];
        Values[] items =
        [
            new(long.MinValue, 0.1m + 0.2m, double.Epsilon, true, new(2024, 2, 29), new(2026, 11, 22, 3, 4, 5, 678, TimeSpan.FromHours(-5)), Guid.NewGuid(), 7, null),
            new(0, -79228162514264337593543950335m, double.MaxValue, false, DateOnly.MinValue, DateTimeOffset.MaxValue, Guid.Empty, null, "x"),
        ];
        var writer = DelimitedFile.Writer<Values>(path, columns => columns
            .Add("Id", item => item.Id)
            .Add("Price", item => item.Price)
            .Add("Weight", item => item.Weight)
            .Add("Is active", item => item.IsActive)
            .Add("day", item => item.Day)
            .Add("updated_at", item => item.UpdatedAt)
            .Add("KEY", item => item.Key)
            .Add("count", item => item.Count)
            .Add("note", item => item.Note));
        await writer.OpenAsync();
        await writer.WriteAsync(items);
        await writer.CompleteAsync();

        Assert.Equal(items, await DelimitedFile.Reader<Values>(path).ReadAllAsync());
    }

    [Fact]
    public async Task Quotation_marks_stand_only_where_they_are_needed()
    {
        var path = _folder["quotes.csv"];
        await WriteAsync(path, [("plain", "with, comma", "with \"marks\""), (null, string.Empty, " blanks ")], new());

        Assert.Equal("a,b,c\nplain,\"with, comma\",\"with \"\"marks\"\"\"\n,\"\", blanks \n", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_lone_column_writes_no_empty_line_which_would_be_no_record()
    {
        var path = _folder["lone.csv"];
        var writer = DelimitedFile.Writer<string?>(path, columns => columns.Add("t", text => text));
        await writer.OpenAsync();
        await writer.WriteAsync("a", null, string.Empty);
        await writer.CompleteAsync();

        Assert.Equal(["a", "", ""], await DelimitedFile.Reader(path, row => row.GetString("t")).ReadAllAsync());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_fails_its_item_instead_of_becoming_another_character()
    {
        var writer = DelimitedFile.Writer<string>(_folder["half.csv"], columns => columns.Add("t", text => text));
        await writer.OpenAsync();

        var faults = await writer.WriteAsync("ok", "\uD83D");
        await writer.CompleteAsync();

        Assert.Equal(1, Assert.Single(faults).Index);
        Assert.Equal("t\nok\n", File.ReadAllText(_folder["half.csv"]));
    }

    [Fact]
    public async Task A_byte_order_mark_is_written_where_asked_for_and_read_over()
    {
        var path = _folder["mark.csv"];
        await WriteAsync(path, [("1", "2", "3")], new() { HasByteOrderMark = true });

        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'a'], File.ReadAllBytes(path)[..4]);
        Assert.Equal([("1", "2", "3")], await ReadAsync(path, new()));
    }

    private static async Task WriteAsync(string path, (string?, string?, string?)[] items, DelimitedWriteOptions options)
    {
        var writer = DelimitedFile.Writer<(string? A, string? B, string? C)>(
            path, columns => columns.Add("a", item => item.A).Add("b", item => item.B).Add("c", item => item.C), options);
        await writer.OpenAsync();
        await writer.WriteAsync(items);
        await writer.CompleteAsync();
    }

    private static Task<IReadOnlyList<(string?, string?, string?)>> ReadAsync(string path, DelimitedWriteOptions written)
    {
        var options = new DelimitedReadOptions { Delimiter = written.Delimiter, Quote = written.Quote, HasHeader = written.HasHeader, BufferSize = 16 };
        return DelimitedFile.Reader(path, row => (row.GetStringOrNull(0), row.GetStringOrNull(1), row.GetStringOrNull(2)), options).ReadAllAsync();
    }

    private sealed record Values(long Id, decimal Price, double Weight, bool IsActive, DateOnly Day, DateTimeOffset UpdatedAt, Guid Key, int? Count, string? Note);
}
