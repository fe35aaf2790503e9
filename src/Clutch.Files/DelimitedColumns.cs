using System.Globalization;
using System.Text;
using Clutch.Files.Writing;

namespace Clutch.Files;

/// <summary>The columns of a delimited output file, in their order.</summary>
/// <remarks>Values are written in the invariant culture. Null is an empty field, and an empty text is <c>""</c>, so that both come back as they were.</remarks>
public sealed class DelimitedColumns<T>
{
    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<DelimitedColumn<T>> _all = [];

    internal DelimitedColumns()
    {
    }

    internal IReadOnlyList<DelimitedColumn<T>> All => _all;

    /// <summary>Adds a column of texts.</summary>
    public DelimitedColumns<T> Add(string name, Func<T, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (item, bytes) => value(item) is { } text && bytes.Append(text, StrictUtf8));
    }

    /// <summary>Adds a column of truth values, written <c>true</c> and <c>false</c>.</summary>
    public DelimitedColumns<T> Add(string name, Func<T, bool> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, (item, bytes) => bytes.Append(value(item) ? "true"u8 : "false"u8));
    }

    /// <summary>Adds a column of numbers, dates, instants and the like.</summary>
    /// <param name="name">The column's name in the header.</param>
    /// <param name="value">Takes the value from the item.</param>
    /// <param name="format">The format; null takes ISO 8601 for dates and times and the type's own for others, which the reader understands.</param>
    public DelimitedColumns<T> Add<TValue>(string name, Func<T, TValue> value, string? format = null)
        where TValue : struct, IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(value);
        var chosen = format ?? RoundTripFormat<TValue>();
        return Add(name, (item, bytes) => bytes.Append(value(item), chosen, CultureInfo.InvariantCulture));
    }

    /// <summary>Adds a column of numbers, dates, instants and the like that may be missing.</summary>
    /// <inheritdoc cref="Add{TValue}(string, Func{T, TValue}, string?)"/>
    public DelimitedColumns<T> Add<TValue>(string name, Func<T, TValue?> value, string? format = null)
        where TValue : struct, IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(value);
        var chosen = format ?? RoundTripFormat<TValue>();
        return Add(name, (item, bytes) => value(item) is { } present && bytes.Append(present, chosen, CultureInfo.InvariantCulture));
    }

    private DelimitedColumns<T> Add(string name, Func<T, RecordBytes, bool> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_all.Exists(column => string.Equals(column.Name, name, StringComparison.Ordinal)))
            throw new ArgumentException($"There is a column '{name}' already. Give each its own name.", nameof(name));
        _all.Add(new(name, write));
        return this;
    }

    private static string? RoundTripFormat<TValue>()
        where TValue : struct => default(TValue) is DateTime or DateTimeOffset or DateOnly or TimeOnly ? "O" : null;
}

/// <summary>A column of a delimited output file.</summary>
/// <param name="Name">Its name in the header.</param>
/// <param name="Write">Appends an item's value without quotation marks; false where it is null.</param>
internal sealed record DelimitedColumn<T>(string Name, Func<T, RecordBytes, bool> Write);
