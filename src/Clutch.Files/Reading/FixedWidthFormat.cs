using System.Text;

namespace Clutch.Files.Reading;

/// <summary>Lines whose columns lie at fixed places.</summary>
internal sealed class FixedWidthFormat<T> : IRecordFormat<T>
{
    private readonly IReadOnlyList<FixedWidthColumn> _columns;
    private readonly FieldExtent[] _fields;
    private readonly IRowMapping<T> _mapping;
    private readonly FixedWidthReadOptions _options;
    private readonly RowData _data;
    private readonly FileRow _row;
    private readonly int _neededLength;
    private int[] _offsets = [];

    public FixedWidthFormat(IReadOnlyList<FixedWidthColumn> columns, IRowMapping<T> mapping, FixedWidthReadOptions options)
    {
        _columns = columns;
        _fields = new FieldExtent[columns.Count];
        _mapping = mapping;
        _options = options;
        _data = new(options.Culture, options.Trims, quote: 0);
        _row = new(_data);
        _neededLength = columns.Max(column => column.End);
    }

    public RecordSplitter Splitter { get; } = new LineSplitter();

    public bool HasHeader => false;

    public void StartFile(string fileName, RawRecord? header)
    {
        _data.StartFile(fileName, new(fileName, [.. _columns.Select(column => column.Name)]));
        _mapping.Bind(fileName, _data.Header);
    }

    public T Map(in RawRecord record)
    {
        if (_options.Unit == FixedWidthUnit.Bytes || Ascii.IsValid(record.Bytes))
            CutAtBytes(record);
        else
            CutAtCharacters(record);
        _data.StartRecord(record.Bytes, record.LineNumber, _fields);
        return _mapping.Map(_row);
    }

    private void CutAtBytes(in RawRecord record)
    {
        CheckLength(record, record.Bytes.Count);
        for (var index = 0; index < _fields.Length; index++)
            _fields[index] = new(_columns[index].Start - 1, _columns[index].Length, IsQuoted: false, HasDoubledQuotes: false);
    }

    private void CutAtCharacters(in RawRecord record)
    {
        var count = FindCharacters(record);
        CheckLength(record, count);
        for (var index = 0; index < _fields.Length; index++)
        {
            var start = _offsets[_columns[index].Start - 1];
            _fields[index] = new(start, _offsets[_columns[index].End] - start, IsQuoted: false, HasDoubledQuotes: false);
        }
    }

    /// <summary>Notes at which byte each character begins, and the end; tells how many there are.</summary>
    private int FindCharacters(in RawRecord record)
    {
        ReadOnlySpan<byte> rest = record.Bytes;
        if (_offsets.Length <= rest.Length)
            _offsets = new int[rest.Length + 1];
        var count = 0;
        var offset = 0;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out _, out var length) != System.Buffers.OperationStatus.Done)
                throw record.NotWellFormed($"It holds bytes that are not UTF-8, after {count} characters. Set 'Encoding' to the file's encoding");
            _offsets[count++] = offset;
            offset += length;
            rest = rest[length..];
        }

        _offsets[count] = offset;
        return count;
    }

    private void CheckLength(in RawRecord record, int length)
    {
        var unit = _options.Unit == FixedWidthUnit.Bytes ? "bytes" : "characters";
        if (_options.RecordLength is { } exact && length != exact)
            throw record.NotWellFormed($"It is {length} {unit} long instead of {exact}");
        if (length < _neededLength)
            throw record.NotWellFormed($"It is {length} {unit} long, but its columns end at {_neededLength}");
    }
}
