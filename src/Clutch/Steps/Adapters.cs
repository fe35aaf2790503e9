using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Steps;

/// <summary>Reads a list; the checkpoint is the index of the next item.</summary>
internal sealed class ListReader<T>(IReadOnlyList<T> items) : IItemReader<T>
{
    private int _next;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _next = (int)(resumeFrom?.ToPosition() ?? 0);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        while (batch.Remaining > 0 && _next < items.Count)
            batch.Add(items[_next++]);
        batch.Checkpoint = Checkpoint.At(_next);
        batch.Fraction = items.Count == 0 ? 1 : (double)_next / items.Count;
        if (_next == items.Count)
            batch.End();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Reads a stream; the checkpoint is the number of items read, and a restart passes over as many.</summary>
internal sealed class StreamReader<T>(Func<StepContext, IAsyncEnumerable<T>> open) : IItemReader<T>, IAsyncDisposable
{
    // The stream is given one token for all its life; what the call at hand hears is passed on to it.
    private readonly CancellationTokenSource _ending = new();
    private IAsyncEnumerator<T>? _items;
    private long _position;

    public async ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        await using var hearing = PassOn(cancellationToken);
        _items = open(step).GetAsyncEnumerator(_ending.Token);
        var position = resumeFrom?.ToPosition() ?? 0;
        for (_position = 0; _position < position; _position++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await _items.MoveNextAsync())
                continue;
            // It may have ended because it was asked to.
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidDataException(
                $"The source of step '{step.StepName}' ended after {_position} items, but {position} were read before the restart. Restore the source, or abandon the execution.");
        }
    }

    public async ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        await using var hearing = PassOn(cancellationToken);
        var isEnd = false;
        while (batch.Remaining > 0 && !isEnd)
        {
            cancellationToken.ThrowIfCancellationRequested();
            isEnd = !await _items!.MoveNextAsync();
            if (!isEnd)
            {
                batch.Add(_items.Current);
                _position++;
            }
        }

        batch.Checkpoint = Checkpoint.At(_position);
        if (isEnd)
            batch.End();
    }

    public async ValueTask DisposeAsync()
    {
        // A stream may await work of its own when it is left, and that work hears of the end by the token alone.
        await _ending.CancelAsync();
        try
        {
            if (_items is not null)
                await _items.DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            // It was asked to; why the step ends is for others to say.
        }

        _ending.Dispose();
    }

    private CancellationTokenRegistration PassOn(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static ending => ((CancellationTokenSource)ending!).Cancel(), _ending);
}

/// <summary>Processes items one by one with a function; what throws fails that item alone.</summary>
internal sealed class EachProcessor<TIn, TOut>(Func<TIn, TOut?> map) : IItemProcessor<TIn, TOut>
{
    public ValueTask ProcessAsync(ItemBatch<TIn, TOut> batch, CancellationToken cancellationToken)
    {
        var index = 0;
        while (index < batch.Count)
        {
            // One try for many items: entering it for each would cost more than most functions do.
            try
            {
                batch.Map(map, ref index);
            }
            catch (Exception fault) when (!FaultPolicy.IsFatal(fault))
            {
                batch.Fail(index++, fault);
            }
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>Processes items one after the other with an asynchronous function.</summary>
internal sealed class EachAsyncProcessor<TIn, TOut>(Func<TIn, CancellationToken, ValueTask<TOut?>> map) : IItemProcessor<TIn, TOut>
{
    public async ValueTask ProcessAsync(ItemBatch<TIn, TOut> batch, CancellationToken cancellationToken)
    {
        for (var index = 0; index < batch.Count; index++)
        {
            try
            {
                if (await map(batch[index], cancellationToken) is { } output)
                    batch.Keep(index, output);
                else
                    batch.Filter(index);
            }
            catch (Exception fault) when (!FaultPolicy.IsFatal(fault))
            {
                batch.Fail(index, fault);
            }
        }
    }
}

/// <summary>Makes any number of outputs of each item; none counts as filtered.</summary>
internal sealed class ManyProcessor<TIn, TOut>(Func<TIn, IEnumerable<TOut>> map) : IItemProcessor<TIn, TOut>
{
    public ValueTask ProcessAsync(ItemBatch<TIn, TOut> batch, CancellationToken cancellationToken)
    {
        for (var index = 0; index < batch.Count; index++)
        {
            try
            {
                Keep(batch, index, [.. map(batch[index])]);
            }
            catch (Exception fault) when (!FaultPolicy.IsFatal(fault))
            {
                batch.Fail(index, fault);
            }
        }

        return ValueTask.CompletedTask;
    }

    private static void Keep(ItemBatch<TIn, TOut> batch, int index, List<TOut> outputs)
    {
        if (outputs.Count == 0)
            batch.Filter(index);
        foreach (var output in outputs)
            batch.Keep(index, output);
    }
}

/// <summary>Keeps the items that fit a condition.</summary>
internal sealed class FilterProcessor<T>(Func<T, bool> condition) : IItemProcessor<T, T>
{
    public ValueTask ProcessAsync(ItemBatch<T, T> batch, CancellationToken cancellationToken)
    {
        for (var index = 0; index < batch.Count; index++)
        {
            try
            {
                if (condition(batch[index]))
                    batch.Keep(index, batch[index]);
                else
                    batch.Filter(index);
            }
            catch (Exception fault) when (!FaultPolicy.IsFatal(fault))
            {
                batch.Fail(index, fault);
            }
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>Processes a chunk with a function that answers for each item.</summary>
internal sealed class ChunkProcessor<TIn, TOut>(Func<ItemBatch<TIn, TOut>, CancellationToken, ValueTask> process) : IItemProcessor<TIn, TOut>
{
    public ValueTask ProcessAsync(ItemBatch<TIn, TOut> batch, CancellationToken cancellationToken) => process(batch, cancellationToken);
}

/// <summary>Writes a chunk with a function.</summary>
internal sealed class ChunkFunctionWriter<T>(Func<WriteBatch<T>, ChunkContext, CancellationToken, ValueTask> write) : IItemWriter<T>
{
    public ValueTask WriteAsync(WriteBatch<T> batch, ChunkContext chunk, CancellationToken cancellationToken) => write(batch, chunk, cancellationToken);
}
