using Clutch.Files;

namespace Clutch.Tests.Files;

public sealed class ConventionMappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private enum Kind
    {
        Plain,
        Fancy,
    }

    [Fact]
    public async Task Header_names_fill_constructor_parameters_whatever_their_case_and_underscores()
    {
        var path = _folder.Write("products.csv", "UPDATED_AT,Sku,unit-price,ignored,Kind,NOTE\n2026-11-22T01:02:03Z,A-1,9.95,zzz,fancy,\n");

        var items = await DelimitedFile.Reader<Product>(path).ReadAllAsync();

        Assert.Equal([new Product("A-1", 9.95m, new DateTimeOffset(2026, 11, 22, 1, 2, 3, TimeSpan.Zero), Kind.Fancy, Note: null)], items);
    }

    [Fact]
    public async Task Properties_are_set_where_there_is_a_column_and_empty_is_null()
    {
        var path = _folder.Write("stock.csv", "sku,quantity,checked_on,Name\nA,,2026-11-22,\nB,5,,\"\"\n");

        var items = await DelimitedFile.Reader<Stock>(path).ReadAllAsync();

        Assert.Equal(
            [
                new Stock { Sku = "A", Quantity = null, CheckedOn = new DateOnly(2026, 11, 22), Name = string.Empty, Shelf = "none" },
                new Stock { Sku = "B", Quantity = 5, CheckedOn = null, Name = string.Empty, Shelf = "none" },
            ],
            items);
    }

    [Fact]
    public async Task Each_file_of_a_pattern_may_have_its_own_order_of_columns()
    {
        _folder.Write("data/a.csv", "sku,quantity\nA,1\n");
        _folder.Write("data/b.csv", "quantity,shelf,sku\n2,top,B\n");

        var items = await DelimitedFile.Reader<Stock>(_folder["data/*.csv"]).ReadAllAsync();

        Assert.Equal([("A", 1, "none"), ("B", 2, "top")], items.Select(item => (item.Sku, item.Quantity!.Value, item.Shelf)));
    }

    [Fact]
    public async Task A_missing_parameter_or_required_property_ends_the_step_at_once()
    {
        var path = _folder.Write("products.csv", "sku\n");
        var other = _folder.Write("stock.csv", "quantity\n");

        var parameter = await Assert.ThrowsAsync<FileHeaderException>(() => DelimitedFile.Reader<Product>(path).ReadAllAsync());
        var property = await Assert.ThrowsAsync<FileHeaderException>(() => DelimitedFile.Reader<Stock>(other).ReadAllAsync());

        Assert.StartsWith("'products.csv' has no column 'UnitPrice'. Its header has: 'sku'.", parameter.Message, StringComparison.Ordinal);
        Assert.StartsWith("'stock.csv' has no column 'Sku'. Its header has: 'quantity'.", property.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_value_names_the_column_as_the_file_does()
    {
        var path = _folder.Write("stock.csv", "sku,QUANTITY\nA,x\n");

        var reject = Assert.Single(await DelimitedFile.Reader<Stock>(path).ReadRejectsAsync());

        Assert.Equal("QUANTITY", Assert.IsType<FileRecordException>(reject.Fault).Column);
    }

    [Fact]
    public void A_member_that_no_text_becomes_is_refused_before_anything_is_read()
    {
        var fault = Assert.Throws<NotSupportedException>(() => DelimitedFile.Reader<Odd>("any.csv"));

        Assert.StartsWith("'Tags' of 'Odd' is a 'List`1', which no text becomes by itself.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_property_that_no_text_becomes_is_left_alone_unless_a_file_has_its_column()
    {
        var without = _folder.Write("without.csv", "sku\nA\n");
        var with = _folder.Write("with.csv", "sku,LINK\nA,https://example.org\n");

        var items = await DelimitedFile.Reader<Page>(without).ReadAllAsync();
        var fault = await Assert.ThrowsAsync<NotSupportedException>(() => DelimitedFile.Reader<Page>(with).ReadAllAsync());

        Assert.Equal([new Page { Sku = "A" }], items);
        Assert.StartsWith("'Link' of 'Page' is a 'Uri', which no text becomes by itself.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_cannot_be_matched_by_name_without_a_header() =>
        Assert.Throws<ArgumentException>(() => DelimitedFile.Reader<Stock>("any.csv", new() { HasHeader = false }));

    private sealed record Product(string Sku, decimal UnitPrice, DateTimeOffset UpdatedAt, Kind Kind = Kind.Plain, string? Note = "none");

    private sealed record Stock
    {
        public required string Sku { get; init; }

        public int? Quantity { get; init; }

        public DateOnly? CheckedOn { get; set; }

        public string Name { get; init; } = "unnamed";

        public string Shelf { get; init; } = "none";
    }

    private sealed record Odd(List<string> Tags);

    private sealed record Page
    {
        public required string Sku { get; init; }

        public Uri? Link { get; init; }
    }
}
