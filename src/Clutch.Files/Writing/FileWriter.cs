using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Files.Writing;

/// <summary>Writes items as records of a file that appears under its name only when it is complete; its checkpoints are places in it.</summary>
internal sealed class FileWriter<T>(Func<StepContext, string> path, IRecordEncoder<T> encoder, FileWriteOptions options)
    : IItemWriter<T>, ICheckpointedWriter, IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly RecordBytes _bytes = new();
    private PartialFile? _file;

    // What is in _bytes begins at this place of the file.
    private long _position;
    private long _openedAt;
    private bool _isDirty;

    private PartialFile File => _file ?? throw new InvalidOperationException("The file writer is not open. The engine opens writers; call OpenAsync first elsewhere.");

    private long Length => _position + _bytes.Count;

    public async ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _file?.Dispose();
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!TryOpen(resumeFrom, step, isLastTry: TimeProvider.System.GetElapsedTime(startedAt) >= options.LockTimeout))
            await Task.Delay(LookEvery, TimeProvider.System, cancellationToken);
    }

    public async ValueTask WriteAsync(WriteBatch<T> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var begin = Length;
        try
        {
            for (var index = 0; index < batch.Count; index++)
            {
                Encode(batch, index);
                if (_bytes.Count >= options.BufferSize)
                    await DrainAsync(cancellationToken);
            }
        }
        catch
        {
            // Nothing of a batch counts as written when it throws.
            CutTo(begin);
            throw;
        }
    }

    public async ValueTask<Checkpoint> FlushAsync(CancellationToken cancellationToken)
    {
        await WriteThroughAsync(options.Durability == FileDurability.EachChunk, cancellationToken);
        return File.PlaceAt(_position).ToCheckpoint();
    }

    public ValueTask RollbackAsync(Checkpoint? committed, CancellationToken cancellationToken)
    {
        CutTo(committed is null ? _openedAt : OutputPlace.From(committed).Length);
        if (!File.IsPublished)
            File.CutTo(_position);
        return ValueTask.CompletedTask;
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (!File.IsPublished)
            await WriteThroughAsync(isDurable: true, cancellationToken);
        File.Publish();
    }

    public void Dispose()
    {
        _file?.Dispose();
        (encoder as IDisposable)?.Dispose();
    }

    // An execution that lost its lease may still be at its last chunk when its successor begins.
    private bool TryOpen(Checkpoint? resumeFrom, StepContext step, bool isLastTry)
    {
        _bytes.CutTo(0);
        _isDirty = false;
        try
        {
            if (resumeFrom is null)
                Begin(step);
            else
                Resume(step, OutputPlace.From(resumeFrom));
            return true;
        }
        catch (FileInUseException) when (!isLastTry)
        {
            return false;
        }
    }

    private void Begin(StepContext step)
    {
        encoder.WriteHeader(_bytes);
        _position = 0;
        _openedAt = _bytes.Count;
        _isDirty = true;

        // Without a checkpoint, an earlier execution can only have published a file without records; that one is ours to replace.
        _file = PartialFile.Begin(path(step), options.Overwrites, own: step.IsRestart ? _bytes.Written : null);
    }

    private void Resume(StepContext step, OutputPlace place)
    {
        _position = _openedAt = place.Length;
        _file = PartialFile.Resume(path(step), options.Overwrites, place);

        // With the durability of publication nothing before the checkpoint is on the disk yet, and no more may follow.
        _isDirty = !_file.IsPublished;
    }

    private void Encode(WriteBatch<T> batch, int index)
    {
        var begin = _bytes.Count;
        try
        {
            encoder.Write(batch.Items.Span[index], _bytes);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException))
        {
            // The item is at fault and not the file: whatever reading its values throws is for the step's rules to judge.
            _bytes.CutTo(begin);
            batch.Fail(index, fault);
        }
    }

    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (_bytes.Count == 0)
            return;
        _isDirty = true;
        await File.WriteAsync(_bytes.Written, _position, cancellationToken);
        _position += _bytes.Count;
        _bytes.CutTo(0);
    }

    private async ValueTask WriteThroughAsync(bool isDurable, CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        if (!_isDirty)
            return;
        File.CutTo(_position);
        if (!isDurable)
            return;
        await File.FlushToDiskAsync();
        _isDirty = false;
    }

    private void CutTo(long length)
    {
        if (length > Length)
        {
            throw new InvalidOperationException(
                $"The output is {Length} bytes long and cannot return to {length}. The checkpoint belongs to another file: open the writer at it first.");
        }

        _isDirty |= length != Length;
        _bytes.CutTo((int)Math.Max(0, length - _position));
        _position = Math.Min(_position, length);
    }
}
