using System.Data.Common;

namespace Clutch.Relational.Reading;

/// <summary>What a keyset reader reads: rows in the order of a key, page after page by <c>WHERE key > last ORDER BY key LIMIT n</c>.</summary>
/// <remarks>
/// The last page costs as much as the first, given an index on the key (after columns that the condition fixes). There is no snapshot: each page shows the rows as they are when it is
/// read, so rows that are inserted below the reader's place while it runs are not seen, and those above it are. Names and conditions are SQL of yours; values go into <see cref="Parameters"/>.
/// </remarks>
public sealed record KeysetQuery<T>
{
    /// <summary>The table, or tables and their joins: <c>product</c>, <c>product AS p JOIN stock AS s ON s.sku = p.sku</c>.</summary>
    public required string From { get; init; }

    /// <summary>The columns to select, in the order in which <see cref="Map"/> reads them; those of the key are among them.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The key, as written in <see cref="Columns"/>: together unique (of rows with equal keys those after the end of a page are left out), never null, of any types that have an order; <c>citext</c> is refused, as its order ignores case: write <c>name::text</c>.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>Makes an item of a row.</summary>
    public required Func<DbDataReader, T> Map { get; init; }

    /// <summary>A further condition, such as <c>quantity &lt; @limit</c>; null reads all rows.</summary>
    public string? Where { get; init; }

    /// <summary>The condition's parameters, without their <c>@</c>.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>Rows a page: 1 to 100,000, 5,000 by default. Chunks may be larger or smaller.</summary>
    public int PageSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 100_000);
            field = value;
        }
    }

        = 5_000;

    /// <summary>Pages read ahead while the step works on earlier ones: 1 to 16, 2 by default.</summary>
    public int Prefetch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16);
            field = value;
        }
    }

        = 2;

    /// <summary>Whether only the rows of the step's partition are read, as <c>KeyRanges</c> cut them; false by default.</summary>
    public bool WithinPartition { get; init; }

    /// <summary>Whether the rows are counted at the start, to tell how much is done; false by default, for counting a large table takes its time.</summary>
    public bool CountsRows { get; init; }

    internal void Validate()
    {
        if (Key.Count == 0)
            throw new InvalidOperationException($"The keyset reader of '{From}' has no key. Name its columns in Key.");
        if (Key.FirstOrDefault(column => !Columns.Contains(column, StringComparer.Ordinal)) is { } missing)
            throw new InvalidOperationException($"The keyset reader of '{From}' does not select its key column '{missing}'. Add it to Columns, written alike.");
    }

    internal string PageText(bool isFirst, bool isBounded)
    {
        var after = isFirst ? null : $"({string.Join(", ", Key)}) > ({string.Join(", ", Key.Select(static (_, i) => KeyParameter(i, prefix: "@")))})";
        var upTo = isBounded ? $"({string.Join(", ", Key)}) <= ({string.Join(", ", Key.Select(static (_, i) => EndParameter(i, prefix: "@")))})" : null;
        return $"""
            SELECT {string.Join(", ", Columns)}
            FROM {From}
            {Conditions(Where is null ? null : $"({Where})", after, upTo)}
            ORDER BY {string.Join(", ", Key)}
            LIMIT @clutch_page_size
            """;
    }

    // These read the whole table, which takes minutes where it is large.
    internal Statement Counting() => WithParameters(new($"SELECT count(*) FROM {From} {Conditions(Where)}") { HasTimeout = false });

    internal Statement Cutting(long size) => WithParameters(new(CutText) { HasTimeout = false }).With("clutch_size", size);

    /// <summary>The last key of each range of <c>@clutch_size</c> rows.</summary>
    private string CutText
    {
        get
        {
            var names = Key.Select(static (_, i) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"k{i}")).ToArray();
            return $"""
                SELECT {string.Join(", ", names)}
                FROM (
                    SELECT {string.Join(", ", Key.Select((column, i) => $"{column} AS {names[i]}"))}, row_number() OVER (ORDER BY {string.Join(", ", Key)}) AS clutch_number
                    FROM {From}
                    {Conditions(Where)}
                ) AS numbered
                WHERE clutch_number % @clutch_size = 0
                ORDER BY clutch_number
                """;
        }
    }

    internal Statement WithParameters(Statement statement)
    {
        foreach (var (name, value) in Parameters)
            statement.With(name, value);
        return statement;
    }

    internal static string EndParameter(int index, string prefix = "") => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}clutch_end_{index}");

    internal static string KeyParameter(int index, string prefix = "") => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}clutch_key_{index}");

    private static string Conditions(params string?[] conditions) =>
        conditions.OfType<string>().ToArray() is { Length: > 0 } present ? "WHERE " + string.Join(" AND ", present) : string.Empty;
}
