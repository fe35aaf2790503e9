using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Clutch.Files.Reading;

/// <summary>What stands behind a <see cref="FileRow"/>: the record's bytes, its fields, and the columns' names.</summary>
internal sealed class RowData(CultureInfo culture, bool trims, byte quote)
{
    private const int QuotedValueLength = 100;

    // More than any mapping asks for; a mapping that makes up names as it goes must not grow this without bound.
    private const int MaxRemembered = 1024;
    private (string Name, int Index)[] _remembered = new (string, int)[16];
    private int _askedCount;
    private ArraySegment<byte> _record;
    private FieldExtent[] _fields = new FieldExtent[32];
    private byte[] _unquoted = [];

    public FieldCulture Format { get; } = new(culture);

    public string FileName { get; private set; } = string.Empty;

    public long LineNumber { get; private set; }

    public int FieldCount { get; private set; }

    /// <summary>The columns' names, or null in a file without header.</summary>
    public Header? Header { get; private set; }

    public void StartFile(string fileName, Header? header)
    {
        FileName = fileName;
        Header = header;
        Array.Clear(_remembered);
    }

    public void StartRecord(ArraySegment<byte> record, long lineNumber, ReadOnlySpan<FieldExtent> fields)
    {
        _record = record;
        LineNumber = lineNumber;
        _askedCount = 0;
        FieldCount = fields.Length;
        if (_fields.Length < fields.Length)
            _fields = new FieldExtent[fields.Length];
        fields.CopyTo(_fields);
    }

    /// <summary>The place of the column.</summary>
    /// <remarks>
    /// A mapping asks for the same literals in the same order, record after record, so comparing a reference with what was asked for at this
    /// turn last time answers nearly always; the dictionary is only for the first record and for mappings that branch.
    /// </remarks>
    public int Find(FileColumn column)
    {
        if (column.Name is not { } name)
            return column.Index;
        var turn = _askedCount++;
        if (turn < _remembered.Length && ReferenceEquals(_remembered[turn].Name, name))
            return _remembered[turn].Index;
        return FindAnew(name, turn);
    }

    public ReadOnlySpan<byte> Bytes(int index)
    {
        if (index >= FieldCount)
            throw TooFewFields(index);
        var field = _fields[index];
        ReadOnlySpan<byte> bytes = _record.AsSpan(field.Start, field.Length);
        if (field.HasDoubledQuotes)
            bytes = WithoutDoubles(bytes);
        return trims && !field.IsQuoted ? Trimmed(bytes) : bytes;
    }

    public bool IsNull(int index) => Bytes(index).IsEmpty && !_fields[index].IsQuoted;

    public FileRecordException BadValue(int index, Type expected, string format = "")
    {
        if (!Utf8.IsValid(Bytes(index)))
            return NotUtf8(index, expected);
        var value = Shown(index);
        return new($"{Described(index)} holds '{value}', which is not a valid {expected.Name}{format}. Correct the file, or let the step skip such records.", FileName, LineNumber)
        {
            Column = ColumnName(index),
            Value = value,
            ExpectedType = expected,
        };
    }

    public FileRecordException NotUtf8(int index, Type expected, DecoderFallbackException? fault = null) => new(
        $"{Described(index)} holds bytes that are not UTF-8. Set 'Encoding' to the file's encoding, or correct the file.", FileName, LineNumber, fault)
    {
        Column = ColumnName(index),
        Value = Shown(index),
        ExpectedType = expected,
    };

    private int FindAnew(string name, int turn)
    {
        if (Header is null)
            throw new FileHeaderException($"'{FileName}' is read without a header, so it has no column '{name}'. Ask for columns by place, or set 'HasHeader'.", FileName, name, []);
        var index = Header.Get(name);
        if (turn >= MaxRemembered)
            return index;
        if (turn >= _remembered.Length)
            Array.Resize(ref _remembered, Math.Max(turn + 1, _remembered.Length * 2));
        _remembered[turn] = (name, index);
        return index;
    }

    private ReadOnlySpan<byte> WithoutDoubles(ReadOnlySpan<byte> bytes)
    {
        if (_unquoted.Length < bytes.Length)
            _unquoted = new byte[bytes.Length * 2];
        var length = 0;
        while (true)
        {
            var mark = bytes.IndexOf(quote);
            var taken = mark < 0 ? bytes : bytes[..(mark + 1)];
            taken.CopyTo(_unquoted.AsSpan(length));
            length += taken.Length;
            if (mark < 0)
                return _unquoted.AsSpan(0, length);
            bytes = bytes[Math.Min(mark + 2, bytes.Length)..];
        }
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> bytes) => bytes.Trim(" \t"u8);

    private string Shown(int index)
    {
        var value = Encoding.UTF8.GetString(Bytes(index));
        return value.Length <= QuotedValueLength ? value : $"{value.AsSpan(0, QuotedValueLength)}...";
    }

    private string Described(int index) => $"Column '{ColumnName(index)}' of {FileName}:{LineNumber}";

    private string ColumnName(int index) => Header is not null && index < Header.Names.Count
        ? Header.Names[index]
        : index.ToString(CultureInfo.InvariantCulture);

    private FileRecordException TooFewFields(int index) => new(
        $"{FileName}:{LineNumber} has only {FieldCount} fields, so there is no column {index} (counted from 0). Correct the file or the mapping.", FileName, LineNumber)
    {
        Column = ColumnName(index),
    };
}
