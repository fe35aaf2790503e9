using System.Runtime.ExceptionServices;
using Clutch.Items;
using Polly;

namespace Clutch.Steps;

/// <summary>Gets one chunk's outputs through the writer; looks for the item that makes it fail, by halving, behind a savepoint.</summary>
/// <remarks>
/// One bad item among n costs at most 2 x ceil(log2 n) + 1 write calls; a writer that names the item makes that three. Where a writer names items, and they are
/// frequent, chunks are written in parts from the start: short behind a bad item, each twice as long as the last, so that few good items are written in vain
/// (docs/benchmarks/refused-rows.md).
/// </remarks>
internal sealed class ChunkWriting<TIn, TOut>
{
    // A call and its savepoint cost about as much as so many rows on PostgreSQL.
    private const int ItemsPerCall = 30;

    // A chunk is written in parts from the start where one in so many is expected to hold a bad item.
    private const int ChunksPerFault = 2;

    // Other writers may wait for the transaction, of a SQLite file all of them. With the default delays this is enough for five attempts.
    private static readonly TimeSpan LongestWaitInside = TimeSpan.FromSeconds(2);

    private readonly IItemWriter<TOut> _writer;
    private readonly FaultPolicy _policy;
    private readonly ChunkTally _tally;
    private readonly DeadLetterWriter<TIn> _letters;
    private readonly StepRun _run;
    private readonly WriteBatch<TOut> _batch = new();
    private Exception? _writerFault;
    private Exception? _isolatedFault;
    private long _usualDistance;
    private long _stride;
    private long _behindLastFault;
    private bool _isAtSavepoint;
    private bool _namesItems;

    public ChunkWriting(IItemWriter<TOut> writer, FaultPolicy policy, ChunkTally tally, DeadLetterWriter<TIn> letters, StepRun run)
    {
        _writer = writer;
        _policy = policy;
        _tally = tally;
        _letters = letters;
        _run = run;
    }

    /// <summary>Items written in the last attempt.</summary>
    public int WrittenCount { get; private set; }

    // A writer that throws has spoilt the transaction: that is for the retry of the whole chunk, in a new one.
    private ResiliencePipeline<bool> RetryMarked => field ??= _policy.CreateRetryPipeline(_tally.CountRetry, handlesExceptions: false);

    public void Begin()
    {
        _isolatedFault = null;
        WrittenCount = 0;
    }

    /// <summary>Whether the next attempt is to look for a failing item: the writer failed as a whole, and its fault may be skipped.</summary>
    public bool BeginIsolation(Exception fault, int attempt)
    {
        // An output outside the transaction cannot return to a savepoint; such writers mark single items instead.
        if (_isolatedFault is not null || !ReferenceEquals(fault, _writerFault) || _writer is ICheckpointedWriter || !IsSkippable(fault, attempt))
            return false;
        _isolatedFault = fault;
        return true;
    }

    public async ValueTask WriteAsync(ChunkSlot<TIn, TOut> slot, ChunkContext chunk, CancellationToken cancellationToken)
    {
        WrittenCount = 0;
        var count = slot.Output.Outputs.Length;
        if (count == 0)
            return;
        if (_isolatedFault is not null)
            await WritePartsAsync(slot, parts => Cut(slot, new(0, count), _isolatedFault, parts), chunk, cancellationToken);
        else if (ExpectsFault(count))
            await WritePartsAsync(slot, parts => parts.Push(new(0, count) { IsRest = true }), chunk, cancellationToken);
        else
            await WriteRangeAsync(slot, 0, count, chunk, cancellationToken);
        // Places are counted from the start of the chunk at hand; the last bad item may lie many chunks back.
        _behindLastFault -= count;
    }

    // What is transient is tried again first; with its attempts used up it is a fault like any other.
    private bool IsSkippable(Exception fault, int attempt) => (attempt >= _policy.Retry.Attempts || !_policy.IsTransient(fault)) && _policy.CanSkip(fault);

    private async ValueTask WriteRangeAsync(ChunkSlot<TIn, TOut> slot, int start, int end, ChunkContext chunk, CancellationToken cancellationToken)
    {
        await CallAsync(slot.Output.Outputs[start..end], chunk, cancellationToken);
        WrittenCount += slot.Output.CountItems(start, end);
        if (_batch.Faults.Count > 0)
            await SettleMarkedAsync(slot, start, chunk, cancellationToken);
    }

    private async ValueTask CallAsync(ReadOnlyMemory<TOut> items, ChunkContext chunk, CancellationToken cancellationToken)
    {
        _batch.Reset(items);
        try
        {
            await _writer.WriteAsync(_batch, chunk, cancellationToken);
        }
        catch (ItemWriteException fault) when (fault.Index >= items.Length)
        {
            throw new InvalidOperationException(
                $"The writer '{_writer.GetType().Name}' named item {fault.Index} of a batch of {items.Length}. Name the item by its index in the batch.", fault);
        }
        catch (Exception fault)
        {
            _writerFault = fault;
            throw;
        }
    }

    /// <summary>The writer wrote the others and the transaction is sound: transient items go once more by themselves, the rest is skipped. For a long wait nobody keeps a transaction open.</summary>
    private async ValueTask SettleMarkedAsync(ChunkSlot<TIn, TOut> slot, int start, ChunkContext chunk, CancellationToken cancellationToken)
    {
        List<ItemFault> failed = [.. _batch.Faults.Select(fault => fault with { Index = start + fault.Index })];
        if (failed.Find(IsTransient) is { Fault: { } transient })
        {
            if (_policy.Retry.LongestWait <= LongestWaitInside)
                failed = await WriteMarkedAgainAsync(slot, start, failed, chunk, cancellationToken);
            else if (chunk.Attempt < _policy.Retry.Attempts)
                ExceptionDispatchInfo.Throw(transient);
        }

        ThrowForHalfWritten(slot, start, failed);
        foreach (var item in failed.DistinctBy(fault => slot.Output.SourceOf(fault.Index)).OrderBy(fault => fault.Index))
            Skip(slot, item);
    }

    private bool IsTransient(ItemFault item) => _policy.IsTransient(item.Fault);

    /// <summary>Tries the transient ones again within the transaction, until their attempts are used up; answers what is still failed. A stop ends the wait, but no call.</summary>
    private async ValueTask<List<ItemFault>> WriteMarkedAgainAsync(ChunkSlot<TIn, TOut> slot, int start, List<ItemFault> failed, ChunkContext chunk, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_run.Stopping, cancellationToken);
        var isFirst = true;
        await RetryMarked.ExecuteAsync(
            async _ =>
            {
                if (!isFirst)
                    failed = await WriteMarkedAsync(slot, start, failed, chunk, cancellationToken);
                isFirst = false;
                return failed.Exists(IsTransient);
            },
            ending.Token);
        return failed;
    }

    /// <summary>An item of several outputs is written whole or not at all: where only some of them failed, the write is undone and the item taken out.</summary>
    private void ThrowForHalfWritten(ChunkSlot<TIn, TOut> slot, int start, List<ItemFault> failed)
    {
        foreach (var item in failed.GroupBy(fault => slot.Output.SourceOf(fault.Index)))
        {
            var (index, fault) = item.First();
            if (item.Count() == slot.Output.OutputCountOf(index) || !_policy.CanSkip(fault))
                continue;
            _writerFault = new ItemWriteException(index - start, new RetriesExhaustedException("An item", _policy.Retry.Attempts, fault));
            throw _writerFault;
        }
    }

    /// <summary>Writes the transient ones of the failed items again; answers what is still failed.</summary>
    private async ValueTask<List<ItemFault>> WriteMarkedAsync(ChunkSlot<TIn, TOut> slot, int start, List<ItemFault> failed, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var again = failed.FindAll(IsTransient);
        try
        {
            await CallAsync(again.ConvertAll(fault => slot.Output.Outputs.Span[fault.Index]).ToArray(), chunk, cancellationToken);
        }
        catch (ItemWriteException fault) when (ReferenceEquals(fault, _writerFault))
        {
            // The writer counts among the items that it was given again; whoever looks for the item counts from the start.
            _writerFault = new ItemWriteException(again[fault.Index].Index - start, fault.InnerException!);
            throw _writerFault;
        }

        return [.. failed.Except(again), .. _batch.Faults.Select(fault => fault with { Index = again[fault.Index].Index })];
    }

    private void Skip(ChunkSlot<TIn, TOut> slot, ItemFault item)
    {
        if (!_policy.CanSkip(item.Fault))
            Throw(item.Fault);
        SkipSource(slot, item.Index, item.Fault);
        WrittenCount--;
    }

    // Its attempts are used up: what is thrown here must not look transient to the retry of the whole chunk.
    private void Throw(Exception fault)
    {
        if (_policy.IsTransient(fault))
            throw new RetriesExhaustedException("An item", _policy.Retry.Attempts, fault);
        ExceptionDispatchInfo.Throw(fault);
    }

    private void SkipSource(ChunkSlot<TIn, TOut> slot, int output, Exception fault) =>
        _tally.Skip(_letters.For(SkipPhase.Write, slot.Read, slot.Output.SourceOf(output), fault), fault);

    // As long as no further one comes, the distance to the last bad item grows with every chunk.
    private bool ExpectsFault(int count) => _namesItems && Math.Max(_usualDistance, -_behindLastFault) <= (long)ChunksPerFault * count;

    /// <summary>Writes the chunk in parts; each part that fails is returned to the savepoint and cut, until the failing items stand alone.</summary>
    private async ValueTask WritePartsAsync(ChunkSlot<TIn, TOut> slot, Action<Stack<Part>> pushFirst, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var parts = new Stack<Part>();
        _isAtSavepoint = false;
        _stride = UsualStride;
        pushFirst(parts);
        while (parts.TryPop(out var part))
        {
            if (part.Fault is not null)
                SkipSource(slot, part.Start, part.Fault);
            else
                await WritePartAsync(slot, part.IsRest ? Stride(slot, part, parts) : part, parts, chunk, cancellationToken);
        }
    }

    private async ValueTask WritePartAsync(ChunkSlot<TIn, TOut> slot, Part part, Stack<Part> parts, ChunkContext chunk, CancellationToken cancellationToken)
    {
        if (await TryWritePartAsync(slot, part, chunk, cancellationToken) is { } fault)
            Cut(slot, part, fault, parts);
        else if (part.IsRest)
            _stride = Math.Min(_stride, slot.Output.Outputs.Length) * 2;
    }

    private async ValueTask<Exception?> TryWritePartAsync(ChunkSlot<TIn, TOut> slot, Part part, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var writtenBefore = WrittenCount;
        var changes = _run.Context.State.Recorded;
        var changesBefore = changes.Count;
        if (!_isAtSavepoint)
            await chunk.Transaction.SetSavepointAsync(cancellationToken);
        _isAtSavepoint = false;
        try
        {
            await WriteRangeAsync(slot, part.Start, part.End, chunk, cancellationToken);
            _run.Reach(FaultPoint.WhileIsolating);
            return null;
        }
        catch (Exception fault) when (ReferenceEquals(fault, _writerFault))
        {
            if (!IsSkippable(fault, chunk.Attempt))
                throw;
            WrittenCount = writtenBefore;
            changes.Undo(changesBefore);
            await chunk.Transaction.ReturnToSavepointAsync(cancellationToken);
            // The savepoint is still there: the next part needs no new one, which saves a round trip.
            _isAtSavepoint = true;
            return fault;
        }
    }

    /// <summary>Takes the next stride of what is left behind a named item; the remainder goes back.</summary>
    private Part Stride(ChunkSlot<TIn, TOut> slot, Part rest, Stack<Part> parts)
    {
        if (rest.End - rest.Start <= _stride)
            return rest;
        // Outputs of one item stay together.
        var end = ItemAround(slot.Output, rest, rest.Start + (int)_stride - 1).End;
        Push(parts, rest with { Start = end });
        return rest with { End = end };
    }

    // With a call for every L items and one bad item in D, an item costs ItemsPerCall / L for calls and L / 2D for what is written in vain: least near this.
    private long UsualStride => (long)Math.Sqrt(ItemsPerCall * _usualDistance);

    private void NoteDistance(int start, int end)
    {
        var distance = Math.Max(ItemsPerCall / 2, start - _behindLastFault);
        // The first one ever says nothing of how often they come.
        var isFirst = _usualDistance == 0;
        _usualDistance = isFirst ? distance : (_usualDistance + distance) / 2;
        _stride = isFirst ? long.MaxValue : UsualStride;
        _behindLastFault = end;
    }

    /// <summary>Pushes what follows from a failed part, the leftmost last: around the item that the fault names, else in halves.</summary>
    private void Cut(ChunkSlot<TIn, TOut> slot, Part part, Exception fault, Stack<Part> parts)
    {
        var output = slot.Output;
        var (start, end) = fault is ItemWriteException named
            ? ItemAround(output, part, part.Start + named.Index)
            : ItemAround(output, part, part.Start);
        if (fault is ItemWriteException || end == part.End)
        {
            NoteDistance(start, end);
            _namesItems |= fault is ItemWriteException;
            Push(parts, new(end, part.End) { IsRest = fault is ItemWriteException });
            parts.Push(new(start, end, fault));
            Push(parts, new(part.Start, start));
            return;
        }

        // Outputs of one item stay together.
        var (middleStart, middleEnd) = ItemAround(output, part, part.Start + ((part.End - part.Start) / 2));
        var middle = middleStart > part.Start ? middleStart : middleEnd;
        Push(parts, new(middle, part.End));
        Push(parts, new(part.Start, middle));
    }

    private static (int Start, int End) ItemAround(ProcessedChunk<TOut> output, Part part, int index)
    {
        var (start, end) = output.RangeOf(index);
        return (Math.Max(start, part.Start), Math.Min(end, part.End));
    }

    private static void Push(Stack<Part> parts, Part part)
    {
        if (part.Start == part.End)
            return;
        // What is left of a stride goes on into what is left behind it.
        if (part.IsRest && parts.TryPeek(out var next) && next.IsRest)
            part = part with { End = parts.Pop().End };
        parts.Push(part);
    }

    /// <summary>Outputs still to be written, or with a fault: one item's outputs, to be skipped.</summary>
    private readonly record struct Part(int Start, int End, Exception? Fault = null)
    {
        /// <summary>Whether it is what is left behind a named item, to be written stride by stride.</summary>
        public bool IsRest { get; init; }
    }
}
