namespace Clutch.Files.Reading;

/// <summary>Delimited text with or without header.</summary>
internal sealed class DelimitedFormat<T> : IRecordFormat<T>
{
    private readonly DelimitedSplitter _splitter;
    private readonly IRowMapping<T> _mapping;
    private readonly RowData _data;
    private readonly FileRow _row;

    public DelimitedFormat(IRowMapping<T> mapping, DelimitedReadOptions options)
    {
        _mapping = mapping;
        _splitter = new(options.DelimiterBytes, (byte?)options.Quote);
        _data = new(options.Culture, options.Trims, (byte)(options.Quote ?? '\0'));
        _row = new(_data);
        HasHeader = options.HasHeader;
    }

    public RecordSplitter Splitter => _splitter;

    public bool HasHeader { get; }

    public void StartFile(string fileName, RawRecord? header)
    {
        _data.StartFile(fileName, header: null);
        if (header is { } record)
            _data.StartFile(fileName, new(fileName, NamesOf(record)));
        _mapping.Bind(fileName, _data.Header);
    }

    public T Map(in RawRecord record)
    {
        if (record.Defect is not null)
            throw record.NotWellFormed(record.Defect);
        var fields = _splitter.Fields;
        if (_data.Header is { } header && fields.Length != header.Names.Count)
            throw WrongFieldCount(record, fields.Length, header.Names.Count);
        _data.StartRecord(record.Bytes, record.LineNumber, fields);
        return _mapping.Map(_row);
    }

    private string[] NamesOf(in RawRecord header)
    {
        if (header.Defect is not null)
            throw new FileHeaderException($"The header of '{header.FileName}' is not well-formed. {header.Defect}. Correct the file.", header.FileName, column: null, []);
        _data.StartRecord(header.Bytes, header.LineNumber, _splitter.Fields);
        var names = new string[_data.FieldCount];
        for (var index = 0; index < names.Length; index++)
            names[index] = _row.StringAt(index).Trim();
        return names;
    }

    private static FileRecordException WrongFieldCount(in RawRecord record, int count, int expected) => record.NotWellFormed(
        $"It has {count} {(count == 1 ? "field" : "fields")} where the header has {expected}");
}
