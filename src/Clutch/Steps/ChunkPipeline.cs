using System.Threading.Channels;
using Clutch.Items;

namespace Clutch.Steps;

/// <summary>
/// Moves chunks from the reader through the processors to the writer: one task reads ahead, up to <paramref name="concurrency"/> chunks are
/// processed at a time, and the caller's task commits them in read order. Memory is bounded by the number of slots.
/// </summary>
internal sealed class ChunkPipeline<TIn, TOut>(IItemReader<TIn> reader, IReadOnlyList<ChunkSlot<TIn, TOut>> slots, int concurrency, StepRun run)
{
    private readonly Channel<ChunkSlot<TIn, TOut>> _free = Bounded(slots.Count);
    private readonly Channel<ChunkSlot<TIn, TOut>> _toProcess = Bounded(slots.Count);
    private readonly Channel<ChunkSlot<TIn, TOut>> _inOrder = Bounded(slots.Count);
    private volatile bool _isEndOfInput;

    /// <summary>Runs until the input has ended, a chunk failed, or the step is stopped; no task of it is left running afterwards.</summary>
    /// <param name="commit">Writes and commits one chunk; an exception ends the pipeline.</param>
    /// <param name="firstOrdinal">The ordinal of the first record to be read.</param>
    /// <exception cref="OperationCanceledException">The step was stopped, or its lease lost, before the end of the input.</exception>
    public async Task RunAsync(Func<ChunkSlot<TIn, TOut>, ValueTask> commit, long firstOrdinal)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping, run.Aborted);
        foreach (var slot in slots)
            _free.Writer.TryWrite(slot);
        var tasks = new List<Task> { Task.Run(() => ReadAheadAsync(firstOrdinal, ending.Token), CancellationToken.None) };
        for (var i = 0; i < concurrency; i++)
            tasks.Add(Task.Run(() => ProcessAsync(ending.Token), CancellationToken.None));
        try
        {
            await CommitInOrderAsync(commit, ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(tasks);
        }
    }

    private static Channel<ChunkSlot<TIn, TOut>> Bounded(int capacity) =>
        Channel.CreateBounded<ChunkSlot<TIn, TOut>>(new BoundedChannelOptions(capacity) { SingleWriter = true });

    private async Task ReadAheadAsync(long ordinal, CancellationToken cancellationToken)
    {
        try
        {
            var isEnd = false;
            while (!isEnd)
            {
                var slot = await _free.Reader.ReadAsync(cancellationToken);
                slot.Reset(ordinal);
                isEnd = await FillAsync(slot, cancellationToken);
                ordinal += slot.Read.Count + slot.Read.Rejects.Count;
                if (!slot.Read.IsEmpty || slot.IsReadFault)
                    Hand(slot);
            }

            // A source that is asked to stop may end as if nothing followed.
            _isEndOfInput = !cancellationToken.IsCancellationRequested;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped: what was read and not committed is read again by the restart, and so is a fault of the reader.
        }
        finally
        {
            _toProcess.Writer.Complete();
            _inOrder.Writer.Complete();
        }
    }

    /// <summary>Reads until the chunk is full; true when nothing follows it.</summary>
    private async ValueTask<bool> FillAsync(ChunkSlot<TIn, TOut> slot, CancellationToken cancellationToken)
    {
        var batch = slot.Read;
        try
        {
            while (batch.Remaining > 0 && !batch.IsEnd)
            {
                var before = (batch.Count, batch.Rejects.Count);
                await reader.ReadAsync(batch, cancellationToken);
                if (before == (batch.Count, batch.Rejects.Count))
                    batch.End();
            }

            if (!batch.IsEmpty && batch.Checkpoint is null)
                throw WithoutCheckpoint();
            run.Reach(FaultPoint.AfterRead);
            return batch.IsEnd;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            slot.FailRead(fault);
            return true;
        }
    }

    private InvalidOperationException WithoutCheckpoint() => new(
        $"The reader '{reader.GetType().Name}' added items without a checkpoint, so a restart would read and write them again. Set 'batch.Checkpoint' to the place after them with each call.");

    private void Hand(ChunkSlot<TIn, TOut> slot)
    {
        // As many places as slots: neither write can fail.
        if (!slot.IsReadFault)
            _toProcess.Writer.TryWrite(slot);
        _inOrder.Writer.TryWrite(slot);
    }

    private async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await foreach (var slot in _toProcess.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (cancellationToken.IsCancellationRequested)
                return;
            await slot.ProcessAsync(run, cancellationToken);
        }
    }

    private async Task CommitInOrderAsync(Func<ChunkSlot<TIn, TOut>, ValueTask> commit, CancellationToken cancellationToken)
    {
        while (await _inOrder.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_inOrder.Reader.TryRead(out var slot))
            {
                await slot.Processed.WaitAsync(cancellationToken);
                // Stopped meanwhile: a chunk that was cancelled on the way is no failed one.
                cancellationToken.ThrowIfCancellationRequested();
                await commit(slot);
                _free.Writer.TryWrite(slot);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        // The reader ends its channel when it is stopped, too: only the end of the input completes a step.
        if (!_isEndOfInput)
            throw new OperationCanceledException(cancellationToken);
    }
}
