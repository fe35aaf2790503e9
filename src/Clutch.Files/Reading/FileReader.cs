using System.Text;
using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Files.Reading;

/// <summary>Reads the records of files one after another; its checkpoints are byte positions.</summary>
internal sealed class FileReader<T>(InputFiles input, IRecordFormat<T> format, FileReadOptions options) : IItemReader<T>, IAsyncDisposable
{
    private readonly RecordBuffer _buffer = new(options.BufferSize, options.MaxRecordLength);
    private IReadOnlyList<InputFile> _files = [];
    private FileProgress _progress = new([]);
    private ByteSource? _source;
    private int _index;
    private long _line;

    public async ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        await DisposeAsync();
        var place = resumeFrom is null ? null : FilePlace.From(resumeFrom);
        _files = place is null ? input.Begin(step) : input.Restore(step);
        _progress = FileProgress.Of(_files, place);
        _index = place?.File ?? 0;
        if (_index < _files.Count)
            await OpenFileAsync(place is { Identity: null } ? null : place, cancellationToken);
    }

    public async ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        // Rejects take no room in the batch: without this bound, a file of nothing else would be collected whole.
        var room = batch.Remaining;
        while (room > 0)
        {
            room -= TakeRecords(batch, room);
            if (room > 0 && !await MoveOnAsync(cancellationToken))
            {
                batch.End();
                break;
            }
        }

        if (_source is null)
            batch.Fraction = 1;
        else if (await IsNextFileDueAsync(_source, cancellationToken))
            Mark(batch, FilePlace.Before(_index + 1), _progress.Fraction(_index + 1, position: 0));
        else
            MarkPlace(batch, _source);
    }

    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();
        _source = null;
    }

    private int TakeRecords(ReadBatch<T> batch, int limit)
    {
        var count = 0;
        while (count < limit && _buffer.TryNext(format.Splitter, out var record))
        {
            if (!record.IsBlank)
            {
                Take(batch, record);
                count++;
            }

            Pass(record);
        }

        return count;
    }

    private void Take(ReadBatch<T> batch, in RecordExtent extent)
    {
        var record = Raw(extent);
        try
        {
            batch.Add(format.Map(record));
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException or FileHeaderException))
        {
            // Whatever the mapping throws says that this record makes no item; the step's rules look at the type.
            batch.Reject(fault, Encoding.UTF8.GetString(record.Bytes), $"{record.FileName}:{record.LineNumber}");
        }
    }

    private RawRecord Raw(in RecordExtent record) => new(_files[_index].Name, _line, _buffer.Front(record.ContentLength), record.Defect);

    private void Pass(in RecordExtent record)
    {
        _line += record.LineCount;
        _buffer.Take(record.Length);
    }

    /// <summary>Gets more bytes of this file, or goes to the next one; false after the last.</summary>
    private async ValueTask<bool> MoveOnAsync(CancellationToken cancellationToken)
    {
        if (_source is null)
            return false;
        if (!_buffer.IsLast)
        {
            await FillAsync(_source, cancellationToken);
            return true;
        }

        if (_index + 1 == _files.Count)
            return false;
        await DisposeAsync();
        _index++;
        await OpenFileAsync(place: null, cancellationToken);
        return true;
    }

    /// <summary>Whether this file is read to its end and another one follows, so that a restart needs this one no more.</summary>
    private async ValueTask<bool> IsNextFileDueAsync(ByteSource source, CancellationToken cancellationToken)
    {
        if (_index + 1 == _files.Count)
            return false;
        if (_buffer.Bytes.IsEmpty && !_buffer.IsLast)
            await _buffer.FillAsync(source, cancellationToken);
        return _buffer.Bytes.IsEmpty;
    }

    private async ValueTask OpenFileAsync(FilePlace? place, CancellationToken cancellationToken)
    {
        _source = ByteSource.Open(_files[_index], options);
        if (place is not null)
            CheckIdentity(place, _source.IdentityAt(place.Position));
        _buffer.Reset(position: 0);
        _line = 1;
        await PassMarkAsync(_source, cancellationToken);
        format.StartFile(_files[_index].Name, header: null);
        if (format.HasHeader)
            await ReadHeaderAsync(_source, cancellationToken);
        if (place is not null)
            await GoToAsync(place, _source, cancellationToken);
    }

    private async ValueTask PassMarkAsync(ByteSource source, CancellationToken cancellationToken)
    {
        while (_buffer.Bytes.Length < ByteOrderMark.Length && !_buffer.IsLast)
            await _buffer.FillAsync(source, cancellationToken);
        _buffer.Take(ByteOrderMark.LengthIn(_buffer.Bytes, _files[_index].Name));
    }

    private async ValueTask ReadHeaderAsync(ByteSource source, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_buffer.TryNext(format.Splitter, out var record))
            {
                if (!record.IsBlank)
                    format.StartFile(_files[_index].Name, Raw(record));
                Pass(record);
                if (!record.IsBlank)
                    return;
            }
            else if (_buffer.IsLast)
            {
                throw WithoutHeader();
            }
            else
            {
                await FillAsync(source, cancellationToken);
            }
        }
    }

    private async ValueTask GoToAsync(FilePlace place, ByteSource source, CancellationToken cancellationToken)
    {
        if (source.CanSeek)
        {
            source.Seek(place.Position);
            _buffer.Reset(place.Position);
        }

        // Compressed and converted text has no places to jump to; it is passed without being parsed.
        while (_buffer.Position < place.Position && !(_buffer.IsLast && _buffer.Bytes.IsEmpty))
        {
            if (_buffer.Bytes.IsEmpty)
                await _buffer.FillAsync(source, cancellationToken);
            _buffer.Take((int)Math.Min(_buffer.Bytes.Length, place.Position - _buffer.Position));
        }

        _line = place.Line;
    }

    private async ValueTask FillAsync(ByteSource source, CancellationToken cancellationToken)
    {
        if (_buffer.IsFull)
        {
            throw new InvalidDataException(
                $"The record that begins at {_files[_index].Name}:{_line} is longer than {options.MaxRecordLength} bytes. " +
                "Look there for a quotation mark that is never closed, or raise 'MaxRecordLength'.");
        }

        await _buffer.FillAsync(source, cancellationToken);
    }

    private void MarkPlace(ReadBatch<T> batch, ByteSource source)
    {
        var place = new FilePlace(_index, _buffer.Position, _line, source.IdentityAt(_buffer.Position));

        // Only of plain files is it known to which byte of the file the place belongs; else the file's bytes in the buffer count as consumed.
        Mark(batch, place, _progress.Fraction(_index, source.CanSeek ? _buffer.Position : source.ReadLength));
    }

    private static void Mark(ReadBatch<T> batch, FilePlace place, double fraction)
    {
        batch.Checkpoint = place.ToCheckpoint();
        batch.Fraction = fraction;
    }

    private void CheckIdentity(FilePlace place, FileIdentity now)
    {
        if (place.Identity?.DifferenceTo(now, place.Position, options.ChecksModificationTime) is not { } difference)
            return;
        throw new InvalidDataException(
            $"'{_files[_index].Name}' is not the file that this step began with: {difference}. A restart goes on at byte {place.Position}, which only makes sense " +
            "where nothing before it changed. Put the old file back, or abandon the execution and launch a new job instance for the new one.");
    }

    private FileHeaderException WithoutHeader() => new(
        $"'{_files[_index].Name}' is empty: it has not even a header. Find out whether its producer failed; a file without header is read with 'HasHeader' set to false.",
        _files[_index].Name,
        column: null,
        []);
}
