using System.Buffers;
using System.Text;

namespace Clutch.Files.Writing;

/// <summary>Delimited text, with quotation marks just where they are needed.</summary>
internal sealed class DelimitedEncoder<T> : IRecordEncoder<T>
{
    private readonly IReadOnlyList<DelimitedColumn<T>> _columns;
    private readonly SearchValues<byte> _special;
    private readonly byte[] _delimiter;
    private readonly byte[] _newLine;
    private readonly byte _quote;
    private readonly bool _hasHeader;
    private readonly bool _hasByteOrderMark;

    public DelimitedEncoder(IReadOnlyList<DelimitedColumn<T>> columns, DelimitedWriteOptions options)
    {
        _columns = columns;
        _delimiter = Encoding.UTF8.GetBytes(options.Delimiter);
        _newLine = Encoding.UTF8.GetBytes(options.NewLine);
        _quote = (byte)options.Quote;
        _hasHeader = options.HasHeader;
        _hasByteOrderMark = options.HasByteOrderMark;

        // 0xEF begins the byte order mark, which a reader would take off the front of a file. It begins few other characters, and quoting those does no harm.
        _special = SearchValues.Create([_quote, _delimiter[0], (byte)'\r', (byte)'\n', 0xEF]);
    }

    public void WriteHeader(RecordBytes bytes)
    {
        if (_hasByteOrderMark)
            bytes.Append([0xEF, 0xBB, 0xBF]);
        if (_hasHeader)
            WriteNames(bytes);
    }

    public void Write(T item, RecordBytes bytes)
    {
        for (var index = 0; index < _columns.Count; index++)
        {
            if (index > 0)
                bytes.Append(_delimiter);
            var start = bytes.Count;
            Finish(bytes, start, _columns[index].Write(item, bytes));
        }

        bytes.Append(_newLine);
    }

    private void WriteNames(RecordBytes bytes)
    {
        for (var index = 0; index < _columns.Count; index++)
        {
            if (index > 0)
                bytes.Append(_delimiter);
            var start = bytes.Count;
            Finish(bytes, start, bytes.Append(_columns[index].Name, Encoding.UTF8));
        }

        bytes.Append(_newLine);
    }

    private void Finish(RecordBytes bytes, int start, bool isPresent)
    {
        var field = bytes.From(start);

        // A line with nothing on it would be no record, so a lone column writes even null as "".
        var isVoid = field.IsEmpty && (isPresent || _columns.Count == 1);
        if (isVoid || field.ContainsAny(_special))
            Enclose(bytes, start);
    }

    /// <summary>Puts quotation marks around the field and doubles those in it, from the back so that nothing is overwritten.</summary>
    private void Enclose(RecordBytes bytes, int start)
    {
        var length = bytes.Count - start;
        var growth = bytes.From(start).Count(_quote) + 2;
        bytes.GetSpan(growth);
        bytes.Advance(growth);
        var field = bytes.From(start);
        var target = field.Length;
        field[--target] = _quote;
        for (var source = length - 1; source >= 0; source--)
        {
            field[--target] = field[source];
            if (field[target] == _quote)
                field[--target] = _quote;
        }

        field[0] = _quote;
    }
}
