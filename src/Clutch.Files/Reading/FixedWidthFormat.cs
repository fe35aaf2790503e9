using System.Text;

namespace Clutch.Files.Reading;

/// <summary>Lines whose columns lie at fixed places.</summary>
internal sealed class FixedWidthFormat<T> : IRecordFormat<T>
{
    private const int WithinCharacter = -1;
    private readonly IReadOnlyList<FixedWidthColumn> _columns;
    private readonly FieldExtent[] _fields;
    private readonly IRowMapping<T> _mapping;
    private readonly FixedWidthReadOptions _options;
    private readonly RowData _data;
    private readonly FileRow _row;
    private readonly PlaceCounter _places;
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
        _places = new(options);
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
        if (_places.IsUtf8 || (_places.IsOneForAscii && Ascii.IsValid(record.Bytes)))
            CutAtBytes(record);
        else
            CutAtPlaces(record);
        _data.StartRecord(record.Bytes, record.LineNumber, _fields);
        return _mapping.Map(_row);
    }

    private void CutAtBytes(in RawRecord record)
    {
        CheckLength(record, record.Bytes.Count);
        for (var index = 0; index < _fields.Length; index++)
            _fields[index] = new(_columns[index].Start - 1, _columns[index].Length, IsQuoted: false, HasDoubledQuotes: false);
    }

    private void CutAtPlaces(in RawRecord record)
    {
        var count = FindPlaces(record);
        CheckLength(record, count);
        for (var index = 0; index < _fields.Length; index++)
        {
            var start = OffsetOf(_columns[index].Start - 1, index, record);
            var end = OffsetOf(_columns[index].End, index, record);
            _fields[index] = new(start, end - start, IsQuoted: false, HasDoubledQuotes: false);
        }
    }

    /// <summary>Notes which byte lies at each place, and the end; tells how many places there are.</summary>
    private int FindPlaces(in RawRecord record)
    {
        ReadOnlySpan<byte> rest = record.Bytes;
        var count = 0;
        var offset = 0;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out var character, out var length) != System.Buffers.OperationStatus.Done)
                throw record.NotWellFormed($"It holds bytes that are not UTF-8, after {count} characters. Set 'Encoding' to the file's encoding");
            var placeCount = _places.Of(character);
            Note(offset, count, placeCount);
            count += placeCount;
            offset += length;
            rest = rest[length..];
        }

        Note(offset, count, placeCount: 1);
        return count;
    }

    /// <summary>Notes that a character begins at a place and takes so many.</summary>
    private void Note(int offset, int place, int placeCount)
    {
        if (_offsets.Length < place + placeCount)
            Array.Resize(ref _offsets, Math.Max(place + placeCount, _offsets.Length * 2));
        _offsets[place] = offset;
        _offsets.AsSpan(place + 1, placeCount - 1).Fill(WithinCharacter);
    }

    private int OffsetOf(int place, int column, in RawRecord record) => _offsets[place] is not WithinCharacter and var offset
        ? offset
        : throw record.NotWellFormed($"Column '{_columns[column].Name}' begins or ends within a character");

    private void CheckLength(in RawRecord record, int length)
    {
        var unit = _options.Unit == FixedWidthUnit.Bytes ? "bytes" : "characters";
        if (_options.RecordLength is { } exact && length != exact)
            throw record.NotWellFormed($"It is {length} {unit} long instead of {exact}");
        if (length < _neededLength)
            throw record.NotWellFormed($"It is {length} {unit} long, but its columns end at {_neededLength}");
    }
}
