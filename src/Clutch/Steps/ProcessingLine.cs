using Clutch.Items;

namespace Clutch.Steps;

/// <summary>The processors of a step, one after the other, with the buffers of one chunk. Each chunk in flight has its own.</summary>
internal abstract class ProcessingLine<TIn, TOut>
{
    /// <summary>Gives every item an outcome; throws where an item failed that may not be skipped.</summary>
    public abstract ValueTask RunAsync(ReadOnlyMemory<TIn> items, ProcessedChunk<TOut> result, CancellationToken cancellationToken);

    /// <summary>Lets go of the chunk's objects.</summary>
    public abstract void Clear();
}

/// <summary>No processor: what was read is written.</summary>
internal sealed class PassThrough<T> : ProcessingLine<T, T>
{
    public override ValueTask RunAsync(ReadOnlyMemory<T> items, ProcessedChunk<T> result, CancellationToken cancellationToken)
    {
        result.SetOneToOne(items);
        return ValueTask.CompletedTask;
    }

    public override void Clear()
    {
    }
}

/// <summary>A line followed by one more processor.</summary>
internal sealed class ProcessingChain<TIn, TMiddle, TOut>(ProcessingLine<TIn, TMiddle> first, ProcessingStage<TMiddle, TOut> second) : ProcessingLine<TIn, TOut>
{
    private readonly ProcessedChunk<TMiddle> _middle = new();
    private readonly ProcessedChunk<TOut> _last = new();

    public override async ValueTask RunAsync(ReadOnlyMemory<TIn> items, ProcessedChunk<TOut> result, CancellationToken cancellationToken)
    {
        await first.RunAsync(items, _middle, cancellationToken);
        await second.RunAsync(_middle.Outputs, _last, cancellationToken);
        if (_middle.Outputs.Length == items.Length && _last.Outputs.Length == items.Length && _middle.Faults.Count == 0 && _middle.FilteredCount == 0 && _last.FilteredCount == 0)
            result.SetOneToOne(_last.Outputs);
        else
            Join(items.Length, result);
    }

    public override void Clear()
    {
        first.Clear();
        second.Clear();
    }

    /// <summary>Sources of the second processor are outputs of the first: follow them back to the items that were read.</summary>
    private void Join(int itemCount, ProcessedChunk<TOut> result)
    {
        var outputs = _last.Outputs.ToArray();
        var sources = new int[outputs.Length];
        for (var i = 0; i < sources.Length; i++)
            sources[i] = _middle.SourceOf(_last.SourceOf(i));
        var faults = _middle.Faults
            .Concat(_last.Faults.Select(fault => fault with { Index = _middle.SourceOf(fault.Index) }))
            .DistinctBy(fault => fault.Index);
        result.Set(outputs, sources, outputs.Length, itemCount, faults.ToList());
    }
}
