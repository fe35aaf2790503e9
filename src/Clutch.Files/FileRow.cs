using System.Globalization;
using System.Text;
using Clutch.Files.Reading;

namespace Clutch.Files;

/// <summary>The record at hand of a delimited or fixed-width file, as a mapping sees it. It is reused: take values from it and do not keep it.</summary>
/// <remarks>
/// Columns go by name or by place from 0. A name given as a literal is looked up once a file, not once a record. Every getter throws
/// <see cref="FileRecordException"/> for a value that is not of its type, which rejects this record, and <see cref="FileHeaderException"/> for a column
/// that the file does not have, which ends the step.
/// </remarks>
public sealed class FileRow
{
    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly RowData _data;

    internal FileRow(RowData data) => _data = data;

    /// <summary>The file's name as the reader was given it.</summary>
    public string FileName => _data.FileName;

    /// <summary>The line on which the record begins, from 1.</summary>
    public long LineNumber => _data.LineNumber;

    /// <summary>How many fields the record has.</summary>
    public int FieldCount => _data.FieldCount;

    /// <summary>Whether the field holds nothing, in quotation marks or not.</summary>
    public bool IsEmpty(FileColumn column) => _data.Bytes(_data.Find(column)).IsEmpty;

    /// <summary>The field's bytes in UTF-8, quotation marks resolved; valid until the next call of a getter.</summary>
    public ReadOnlySpan<byte> GetUtf8(FileColumn column) => _data.Bytes(_data.Find(column));

    /// <summary>The field as text, empty where it holds nothing.</summary>
    /// <exception cref="FileRecordException">Its bytes are not UTF-8.</exception>
    public string GetString(FileColumn column) => StringAt(_data.Find(column));

    /// <summary>The field as text, or null where it holds nothing and has no quotation marks: <c>""</c> is an empty text.</summary>
    /// <exception cref="FileRecordException">Its bytes are not UTF-8.</exception>
    public string? GetStringOrNull(FileColumn column)
    {
        var index = _data.Find(column);
        return _data.IsNull(index) ? null : StringAt(index);
    }

    /// <summary>The field as a whole number of 32 bits.</summary>
    public int GetInt32(FileColumn column) => ValueAt<int>(_data.Find(column));

    /// <summary>The field as a whole number of 64 bits.</summary>
    public long GetInt64(FileColumn column) => ValueAt<long>(_data.Find(column));

    /// <summary>The field as a decimal number, without thousands separators.</summary>
    public decimal GetDecimal(FileColumn column) => ValueAt<decimal>(_data.Find(column));

    /// <summary>The field as a floating-point number, without thousands separators.</summary>
    public double GetDouble(FileColumn column) => ValueAt<double>(_data.Find(column));

    /// <summary>The field as a truth value: true, t, yes, y, 1 or false, f, no, n, 0, in any case.</summary>
    public bool GetBoolean(FileColumn column) => ValueAt<bool>(_data.Find(column));

    /// <summary>The field as a UUID.</summary>
    public Guid GetGuid(FileColumn column) => ValueAt<Guid>(_data.Find(column));

    /// <summary>The field as a date: ISO 8601 (<c>2026-11-22</c>), and the culture's own forms where the options name a culture. It has to name its year.</summary>
    public DateOnly GetDateOnly(FileColumn column) => ValueAt<DateOnly>(_data.Find(column));

    /// <summary>The field as a date in exactly this format, such as <c>dd.MM.yyyy</c>.</summary>
    public DateOnly GetDateOnly(FileColumn column, string format)
    {
        var index = _data.Find(column);
        var isParsed = FieldParser.TryDecode(_data.Bytes(index), stackalloc char[64], out var chars)
            & DateOnly.TryParseExact(chars, format, _data.Format.Culture, DateTimeStyles.None, out var value);
        return isParsed ? value : throw _data.BadValue(index, typeof(DateOnly), $" in the format '{format}'");
    }

    /// <summary>The field as an instant: ISO 8601, and the culture's own forms where the options name a culture. Without offset it is UTC, without time midnight.</summary>
    public DateTimeOffset GetDateTimeOffset(FileColumn column) => ValueAt<DateTimeOffset>(_data.Find(column));

    /// <summary>The field as an instant in exactly this format. Without offset it is UTC.</summary>
    public DateTimeOffset GetDateTimeOffset(FileColumn column, string format)
    {
        var index = _data.Find(column);
        var isParsed = FieldParser.TryDecode(_data.Bytes(index), stackalloc char[64], out var chars)
            & DateTimeOffset.TryParseExact(chars, format, _data.Format.Culture, DateTimeStyles.AssumeUniversal, out var value);
        return isParsed ? value : throw _data.BadValue(index, typeof(DateTimeOffset), $" in the format '{format}'");
    }

    /// <summary>The field as a member of an enumeration, by name in any case or by number.</summary>
    public TEnum GetEnum<TEnum>(FileColumn column)
        where TEnum : struct, Enum => EnumAt<TEnum>(_data.Find(column));

    /// <summary>The field as any type that can parse text.</summary>
    public T Get<T>(FileColumn column)
        where T : ISpanParsable<T> => ValueAt<T>(_data.Find(column));

    /// <summary>The field as a value, or null where it holds nothing.</summary>
    public T? GetOrNull<T>(FileColumn column)
        where T : struct, ISpanParsable<T>
    {
        var index = _data.Find(column);
        return _data.Bytes(index).IsEmpty ? null : ValueAt<T>(index);
    }

    internal string StringAt(int index)
    {
        try
        {
            return StrictUtf8.GetString(_data.Bytes(index));
        }
        catch (DecoderFallbackException fault)
        {
            throw _data.NotUtf8(index, typeof(string), fault);
        }
    }

    internal T ValueAt<T>(int index)
        where T : ISpanParsable<T>
    {
        if (typeof(T) == typeof(string))
            return (T)(object)StringAt(index);
        return FieldParser.TryParse<T>(_data.Bytes(index), _data.Format, out var value) ? value : throw _data.BadValue(index, typeof(T));
    }

    internal TEnum EnumAt<TEnum>(int index)
        where TEnum : struct, Enum
    {
        var isParsed = FieldParser.TryDecode(_data.Bytes(index), stackalloc char[64], out var chars) & Enum.TryParse<TEnum>(chars, ignoreCase: true, out var value);
        return isParsed && Enum.IsDefined(value) ? value : throw _data.BadValue(index, typeof(TEnum));
    }
}
