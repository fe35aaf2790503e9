using System.Runtime.ExceptionServices;
using Clutch.Items;
using Polly;

namespace Clutch.Steps;

/// <summary>Gets one chunk's outputs through the writer; looks for the item that makes it fail, by halving, behind a savepoint.</summary>
/// <remarks>One bad item among n costs at most 2 x ceil(log2 n) + 1 write calls; a writer that names the item makes that three.</remarks>
internal sealed class ChunkWriting<TIn, TOut>
{
    private readonly IItemWriter<TOut> _writer;
    private readonly FaultPolicy _policy;
    private readonly ChunkTally _tally;
    private readonly DeadLetterWriter<TIn> _letters;
    private readonly StepRun _run;
    private readonly ResiliencePipeline<bool> _retryMarked;
    private readonly WriteBatch<TOut> _batch = new();
    private Exception? _writerFault;
    private Exception? _isolatedFault;

    public ChunkWriting(IItemWriter<TOut> writer, FaultPolicy policy, ChunkTally tally, DeadLetterWriter<TIn> letters, StepRun run)
    {
        _writer = writer;
        _policy = policy;
        _tally = tally;
        _letters = letters;
        _run = run;
        // A writer that throws has spoilt the transaction: that is for the retry of the whole chunk, in a new one.
        _retryMarked = policy.CreateRetryPipeline(tally.CountRetry, handlesExceptions: false);
    }

    /// <summary>Items written in the last attempt.</summary>
    public int WrittenCount { get; private set; }

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
            await IsolateAsync(slot, _isolatedFault, chunk, cancellationToken);
        else
            await WriteRangeAsync(slot, 0, count, chunk, cancellationToken);
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

    /// <summary>The writer wrote the others and the transaction is sound: transient items go once more by themselves, the rest is skipped.</summary>
    private async ValueTask SettleMarkedAsync(ChunkSlot<TIn, TOut> slot, int start, ChunkContext chunk, CancellationToken cancellationToken)
    {
        List<ItemFault> failed = [.. _batch.Faults.Select(fault => fault with { Index = start + fault.Index })];
        var isFirst = true;
        await _retryMarked.ExecuteAsync(
            async token =>
            {
                if (!isFirst)
                    failed = await WriteMarkedAsync(slot, failed, chunk, token);
                isFirst = false;
                return failed.Exists(fault => _policy.IsTransient(fault.Fault));
            },
            cancellationToken);
        ThrowForHalfWritten(slot, start, failed);
        foreach (var item in failed.DistinctBy(fault => slot.Output.SourceOf(fault.Index)).OrderBy(fault => fault.Index))
            Skip(slot, item);
    }

    /// <summary>An item of several outputs is written whole or not at all: where only some of them failed, the write is undone and the item taken out.</summary>
    private void ThrowForHalfWritten(ChunkSlot<TIn, TOut> slot, int start, List<ItemFault> failed)
    {
        foreach (var item in failed.GroupBy(fault => slot.Output.SourceOf(fault.Index)))
        {
            var (index, fault) = item.First();
            if (item.Count() == slot.Output.OutputCountOf(index) || !_policy.CanSkip(fault))
                continue;
            _writerFault = new ItemWriteException(index - start, new RetriesExhaustedException(_policy.Retry.Attempts, fault));
            throw _writerFault;
        }
    }

    /// <summary>Writes the transient ones of the failed items again; answers what is still failed.</summary>
    private async ValueTask<List<ItemFault>> WriteMarkedAsync(ChunkSlot<TIn, TOut> slot, List<ItemFault> failed, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var again = failed.FindAll(fault => _policy.IsTransient(fault.Fault));
        await CallAsync(again.ConvertAll(fault => slot.Output.Outputs.Span[fault.Index]).ToArray(), chunk, cancellationToken);
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
            throw new RetriesExhaustedException(_policy.Retry.Attempts, fault);
        ExceptionDispatchInfo.Throw(fault);
    }

    private void SkipSource(ChunkSlot<TIn, TOut> slot, int output, Exception fault) =>
        _tally.Skip(_letters.For(SkipPhase.Write, slot.Read, slot.Output.SourceOf(output), fault), fault);

    /// <summary>Writes the chunk in parts; each part that fails is returned to the savepoint and cut, until the failing items stand alone.</summary>
    private async ValueTask IsolateAsync(ChunkSlot<TIn, TOut> slot, Exception firstFault, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var parts = new Stack<Part>();
        Cut(slot, new(0, slot.Output.Outputs.Length), firstFault, parts);
        while (parts.TryPop(out var part))
        {
            if (part.Fault is not null)
                SkipSource(slot, part.Start, part.Fault);
            else if (await TryWritePartAsync(slot, part, chunk, cancellationToken) is { } fault)
                Cut(slot, part, fault, parts);
        }
    }

    private async ValueTask<Exception?> TryWritePartAsync(ChunkSlot<TIn, TOut> slot, Part part, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var writtenBefore = WrittenCount;
        await chunk.Transaction.SetSavepointAsync(cancellationToken);
        try
        {
            await WriteRangeAsync(slot, part.Start, part.End, chunk, cancellationToken);
            _run.Reach(FaultPoint.WhileIsolating);
            return null;
        }
        catch (Exception fault) when (ReferenceEquals(fault, _writerFault) && IsSkippable(fault, chunk.Attempt))
        {
            WrittenCount = writtenBefore;
            await chunk.Transaction.ReturnToSavepointAsync(cancellationToken);
            return fault;
        }
    }

    /// <summary>Pushes what follows from a failed part, the leftmost last: around the item that the fault names, else in halves.</summary>
    private static void Cut(ChunkSlot<TIn, TOut> slot, Part part, Exception fault, Stack<Part> parts)
    {
        var output = slot.Output;
        var (start, end) = fault is ItemWriteException named
            ? ItemAround(output, part, part.Start + named.Index)
            : ItemAround(output, part, part.Start);
        if (fault is ItemWriteException || end == part.End)
        {
            Push(parts, new(end, part.End));
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
        if (part.Start < part.End)
            parts.Push(part);
    }

    /// <summary>Outputs still to be written, or with a fault: one item's outputs, to be skipped.</summary>
    private readonly record struct Part(int Start, int End, Exception? Fault = null);
}
