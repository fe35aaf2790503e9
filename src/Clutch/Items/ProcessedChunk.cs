namespace Clutch.Items;

/// <summary>What processing made of a chunk: outputs in read order, each with the item it came from, and the items that failed.</summary>
internal sealed class ProcessedChunk<TOut>
{
    private readonly List<ItemFault> _faults = [];
    private int[]? _sources;

    public ReadOnlyMemory<TOut> Outputs { get; private set; }

    /// <summary>Items that failed and may be skipped, in read order.</summary>
    public IReadOnlyList<ItemFault> Faults => _faults;

    public int FilteredCount { get; private set; }

    /// <summary>The index of the item that an output came from.</summary>
    public int SourceOf(int output) => _sources is null ? output : _sources[output];

    /// <summary>The outputs that came from the same item as this one: they stand together.</summary>
    public (int Start, int End) RangeOf(int output)
    {
        var (start, end) = (output, output + 1);
        if (_sources is null)
            return (start, end);
        while (start > 0 && _sources[start - 1] == _sources[output])
            start--;
        while (end < Outputs.Length && _sources[end] == _sources[output])
            end++;
        return (start, end);
    }

    /// <summary>How many outputs came from the same item as this one.</summary>
    public int OutputCountOf(int output)
    {
        var (start, end) = RangeOf(output);
        return end - start;
    }

    /// <summary>Every item has exactly one output, in order.</summary>
    public void SetOneToOne(ReadOnlyMemory<TOut> outputs)
    {
        Outputs = outputs;
        _sources = null;
        _faults.Clear();
        FilteredCount = 0;
    }

    /// <summary>Outputs with their sources in ascending order; outputs of failed items are left out.</summary>
    public void Set(TOut[] outputs, int[] sources, int outputCount, int itemCount, IEnumerable<ItemFault> faults)
    {
        _faults.Clear();
        _faults.AddRange(faults.OrderBy(fault => fault.Index));
        if (_faults.Count > 0)
            outputCount = LeaveOutFailed(outputs, sources, outputCount);
        Outputs = outputs.AsMemory(0, outputCount);
        _sources = sources;
        FilteredCount = itemCount - _faults.Count - CountSources(outputCount);
    }

    /// <summary>How many different items the outputs from <paramref name="start"/> to <paramref name="end"/> came from.</summary>
    public int CountItems(int start, int end)
    {
        if (_sources is null)
            return end - start;
        var count = 0;
        for (var i = start; i < end; i++)
        {
            if (i == start || _sources[i] != _sources[i - 1])
                count++;
        }

        return count;
    }

    private int CountSources(int outputCount) => CountItems(0, outputCount);

    private int LeaveOutFailed(TOut[] outputs, int[] sources, int outputCount)
    {
        var failed = _faults.Select(fault => fault.Index).ToHashSet();
        var kept = 0;
        for (var i = 0; i < outputCount; i++)
        {
            if (failed.Contains(sources[i]))
                continue;
            outputs[kept] = outputs[i];
            sources[kept++] = sources[i];
        }

        return kept;
    }
}
