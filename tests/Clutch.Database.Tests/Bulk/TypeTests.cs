using System.Data.Common;
using Clutch.Database.Tests.Fixtures;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Tables;

namespace Clutch.Database.Tests.Bulk;

public enum Grade
{
    Standard,
    Premium,
}

public sealed record Everything
{
    public required int Id { get; init; }
    public bool Flag { get; init; }
    public short Small { get; init; }
    public long Large { get; init; }
    public float Single { get; init; }
    public double Double { get; init; }
    public decimal Decimal { get; init; }
    public Guid Guid { get; init; }
    public DateOnly Date { get; init; }
    public TimeOnly Time { get; init; }
    public DateTime DateTime { get; init; }
    public DateTimeOffset Instant { get; init; }
    public byte[] Bytes { get; init; } = [];
    public Grade Grade { get; init; }
    public bool? MaybeFlag { get; init; }
    public long? MaybeLarge { get; init; }
    public decimal? MaybeDecimal { get; init; }
    public DateTimeOffset? MaybeInstant { get; init; }
    public Grade? MaybeGrade { get; init; }
    public byte[]? MaybeBytes { get; init; }
}

/// <summary>Every supported type, written in bulk and read back through the driver.</summary>
public abstract class TypeTests(Func<Store> open) : StoreTests(open)
{
    private static readonly Everything Usual = new()
    {
        Id = 1,
        Flag = true,
        Small = short.MinValue,
        Large = long.MaxValue,
        Single = 1.5f,
        Double = Math.PI,
        Decimal = 1234567.8901m,
        Guid = new("0011aabb-2233-4455-6677-8899aabbccdd"),
        Date = new(2026, 11, 22),
        Time = new(23, 59, 58, 123),
        DateTime = new(2026, 11, 22, 3, 4, 5, 678, DateTimeKind.Utc),
        Instant = new(2026, 11, 22, 3, 4, 5, 678, TimeSpan.FromHours(2)),
        Bytes = [0, 1, 255],
        Grade = Grade.Premium,
        MaybeFlag = false,
        MaybeLarge = -1,
        MaybeDecimal = 0m,
        MaybeInstant = DateTimeOffset.UnixEpoch,
        MaybeGrade = Grade.Standard,
        MaybeBytes = [7],
    };

    protected abstract string Columns { get; }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Database.ExecuteAsync($"CREATE TABLE everything ({Columns})");
    }

    [SkippableFact]
    public async Task Every_type_arrives_as_it_was()
    {
        await using var run = await StepRun.StartAsync(Services);
        var empty = new Everything { Id = 2, Date = DateOnly.MinValue.AddYears(1), DateTime = DateTime.UnixEpoch, Instant = DateTimeOffset.UnixEpoch };

        await run.WriteAsync(Services.BulkUpsert<Everything>("everything", key: item => item.Id), Usual, empty);

        var stored = await Database.ListAsync("SELECT * FROM everything ORDER BY id", Read);
        Assert.Equivalent(Usual with { Instant = Usual.Instant.ToUniversalTime() }, stored[0], strict: true);
        Assert.Equivalent(empty, stored[1], strict: true);
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("0.0001")]
    [InlineData("-0.1")]
    [InlineData("1")]
    [InlineData("-10000")]
    [InlineData("100000000")]
    [InlineData("12345678.9")]
    [InlineData("99999999999999.9999")]
    [InlineData("0.00000001")]
    [InlineData("1000000.00")]
    public async Task Decimals_arrive_exactly(string text)
    {
        await using var run = await StepRun.StartAsync(Services);
        var value = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        await Database.ExecuteAsync($"CREATE TABLE amount (value {ExactNumber})");

        await run.WriteAsync(Services.BulkInsert(TableMap.For<decimal>("amount").Column("value", amount => amount)), value);

        Assert.Equal([value], await Database.ListAsync("SELECT value FROM amount", row => row.GetDecimal(0)));
    }

    [SkippableFact]
    public async Task A_struct_is_mapped_by_convention_too()
    {
        await Database.ExecuteAsync("CREATE TABLE place (x integer, unit_price integer)");
        await using var run = await StepRun.StartAsync(Services);

        await run.WriteAsync(Services.BulkInsert<Place>("place"), new Place(1, 2), new Place(3, 4));

        Assert.Equal([(1, 2), (3, 4)], await Database.ListAsync("SELECT x, unit_price FROM place ORDER BY x", row => (row.GetInt32(0), row.GetInt32(1))));
    }

    protected abstract string ExactNumber { get; }

    private Everything Read(DbDataReader row) => new()
    {
        Id = row.GetInt32(0),
        Flag = row.GetBoolean(1),
        Small = row.GetInt16(2),
        Large = row.GetInt64(3),
        Single = row.GetFloat(4),
        Double = row.GetDouble(5),
        Decimal = row.GetDecimal(6),
        Guid = row.GetGuid(7),
        Date = row.GetFieldValue<DateOnly>(8),
        Time = row.GetFieldValue<TimeOnly>(9),
        DateTime = DateTime.SpecifyKind(row.GetDateTime(10), DateTimeKind.Utc),
        Instant = row.GetFieldValue<DateTimeOffset>(11),
        Bytes = row.GetFieldValue<byte[]>(12),
        Grade = Enum.Parse<Grade>(row.GetString(13)),
        MaybeFlag = row.IsDBNull(14) ? null : row.GetBoolean(14),
        MaybeLarge = row.IsDBNull(15) ? null : row.GetInt64(15),
        MaybeDecimal = row.IsDBNull(16) ? null : row.GetDecimal(16),
        MaybeInstant = row.IsDBNull(17) ? null : row.GetFieldValue<DateTimeOffset>(17),
        MaybeGrade = row.IsDBNull(18) ? null : Enum.Parse<Grade>(row.GetString(18)),
        MaybeBytes = row.IsDBNull(19) ? null : row.GetFieldValue<byte[]>(19),
    };
}

public readonly record struct Place(int X, int UnitPrice);

public sealed class SqliteTypeTests() : TypeTests(() => new SqliteStore())
{
    protected override string ExactNumber => "TEXT";

    protected override string Columns => """
        id INTEGER PRIMARY KEY, flag INTEGER, small INTEGER, large INTEGER, single REAL, double REAL, decimal TEXT, guid TEXT, date TEXT, time TEXT, date_time TEXT, instant TEXT,
        bytes BLOB, grade TEXT, maybe_flag INTEGER, maybe_large INTEGER, maybe_decimal TEXT, maybe_instant TEXT, maybe_grade TEXT, maybe_bytes BLOB
        """;

    [Fact]
    public async Task Instants_in_integer_columns_are_milliseconds_and_dates_days()
    {
        await Database.ExecuteAsync("CREATE TABLE moment (at INTEGER, day INTEGER, clock INTEGER)");
        await using var run = await StepRun.StartAsync(Services);
        var map = TableMap.For<DateTimeOffset>("moment")
            .Column("at", at => at)
            .Column("day", at => DateOnly.FromDateTime(at.UtcDateTime))
            .Column("clock", at => TimeOnly.FromDateTime(at.UtcDateTime));

        await run.WriteAsync(Services.BulkInsert(map), new DateTimeOffset(1970, 1, 2, 0, 0, 1, TimeSpan.Zero));

        Assert.Equal([(86_401_000L, 1L, 1_000L)], await Database.ListAsync("SELECT at, day, clock FROM moment", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2))));
    }
}

public sealed class PostgreSqlTypeTests() : TypeTests(() => new PostgreSqlStore())
{
    protected override string ExactNumber => "numeric";

    protected override string Columns => """
        id integer PRIMARY KEY, flag boolean, small smallint, large bigint, single real, double double precision, decimal numeric, guid uuid, date date, time time, date_time timestamptz,
        instant timestamptz, bytes bytea, grade varchar(10), maybe_flag boolean, maybe_large numeric, maybe_decimal numeric(10,2), maybe_instant timestamptz, maybe_grade text, maybe_bytes bytea
        """;

    [SkippableFact]
    public async Task Json_enumerations_and_domains_take_text()
    {
        await Database.ExecuteAsync("""
            CREATE TYPE mood AS ENUM ('happy', 'sad');
            CREATE DOMAIN code AS varchar(5);
            CREATE TABLE mixed (id integer PRIMARY KEY, a json, b jsonb, c mood, d code)
            """);
        await using var run = await StepRun.StartAsync(Services);
        var map = TableMap.For<int>("mixed").Key("id", id => id).Column("a", _ => "{\"x\":1}").Column("b", _ => "{\"y\": 2}").Column("c", _ => "sad").Column("d", _ => "abc");

        await run.WriteAsync(Services.BulkUpsert(map), 1, 2);
        await run.WriteAsync(Services.BulkUpsert(map), 2, 3);

        Assert.Equal(["{\"x\":1}|{\"y\": 2}|sad|abc"], (await Database.ListAsync("SELECT a::text || '|' || b || '|' || c || '|' || d FROM mixed", row => row.GetString(0))).Distinct());
    }

    [SkippableFact]
    public async Task A_column_of_another_type_is_refused_with_its_name()
    {
        await Database.ExecuteAsync("CREATE TABLE wrong (id integer, price money)");
        await using var run = await StepRun.StartAsync(Services);
        await using var chunk = await run.Session.BeginAsync(Never);
        var writer = Services.BulkInsert(TableMap.For<decimal>("wrong").Column("price", price => price));

        var fault = await Assert.ThrowsAsync<ItemWriteException>(() => StepRun.WriteAsync(writer, run.Context, chunk, 1m));

        Assert.Contains("Column 'price' is of type 'money', which does not take a decimal number.", fault.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("money", "money", "12345678")]
    [InlineData("interval", "interval", "sixteen bytes !!")]
    [InlineData("timetz", "time with time zone", "twelve bytes")]
    [InlineData("oid", "oid", "1234")]
    [InlineData("\"char\"", "char", "1")]
    [InlineData("macaddr", "macaddr", "123456")]
    [InlineData("inet", "inet", "10.0.0.1")]
    [InlineData("point", "point", "sixteen bytes !!")]
    [InlineData("bit(8)", "bit", "1")]
    [InlineData("text[]", "text[]", "{a}")]
    public async Task Text_is_refused_by_a_column_that_would_read_its_bytes_as_something_else(string type, string name, string text)
    {
        await Database.ExecuteAsync($"CREATE TABLE wrong (value {type})");
        await using var run = await StepRun.StartAsync(Services);
        await using var chunk = await run.Session.BeginAsync(Never);
        var writer = Services.BulkInsert(TableMap.For<string>("wrong").Column("value", value => value));

        var fault = await Assert.ThrowsAsync<ItemWriteException>(() => StepRun.WriteAsync(writer, run.Context, chunk, text));

        Assert.Contains($"Column 'value' is of type '{name}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("which does not take text.", fault.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_number_too_large_for_its_column_names_its_item()
    {
        await Database.ExecuteAsync("CREATE TABLE narrow (value smallint)");
        await using var run = await StepRun.StartAsync(Services);
        await using var chunk = await run.Session.BeginAsync(Never);
        await chunk.SetSavepointAsync(Never);
        var writer = Services.BulkInsert(TableMap.For<int>("narrow").Column("value", value => value));

        var fault = await Assert.ThrowsAsync<ItemWriteException>(() => StepRun.WriteAsync(writer, run.Context, chunk, 1, 2, 70_000));

        Assert.Equal(2, fault.Index);
        await chunk.ReturnToSavepointAsync(Never);
        await StepRun.WriteAsync(writer, run.Context, chunk, 1, 2);
        await run.CommitAsync(chunk, 2);
        Assert.Equal(2, await Database.CountAsync("narrow"));
    }
}
