using System.Runtime.CompilerServices;

namespace Clutch.Items;

/// <summary>The items of a chunk on their way through a processor; each needs an outcome.</summary>
/// <remarks>The engine reuses batches, so a processor keeps no reference to one after the call.</remarks>
public sealed class ItemBatch<TIn, TOut>
{
    private readonly List<ItemFault> _faults = [];
    private TIn[] _items = [];
    private byte[] _outcomes = [];
    private TOut[] _outputs = [];
    private int[] _sources = [];
    private int _answeredCount;
    private bool _isInOrder = true;

    private enum Outcome : byte
    {
        None,
        Kept,
        Filtered,
        Failed,
    }

    /// <summary>How many items there are.</summary>
    public int Count { get; private set; }

    /// <summary>The items.</summary>
    public ReadOnlySpan<TIn> Items => _items.AsSpan(0, Count);

    /// <summary>The item at this place, from 0.</summary>
    public TIn this[int index] => Items[index];

    internal int OutputCount { get; private set; }

    internal ReadOnlySpan<TOut> Outputs => _outputs.AsSpan(0, OutputCount);

    /// <summary>For each output the index of the item it came from.</summary>
    internal ReadOnlySpan<int> Sources
    {
        get
        {
            if (_isInOrder)
                NumberSources();
            return _sources.AsSpan(0, OutputCount);
        }
    }

    internal IReadOnlyList<ItemFault> Faults => _faults;

    internal ReadOnlyMemory<TOut> OutputMemory => _outputs.AsMemory(0, OutputCount);

    internal bool IsAnswered => _answeredCount == Count;

    /// <summary>Every item has exactly one output and they came in order: the usual case, which needs no bookkeeping.</summary>
    internal bool IsOneToOne => _isInOrder && OutputCount == Count;

    /// <summary>Keeps an output for the item. Call it again for the same item to keep several, in this order.</summary>
    public void Keep(int index, TOut output)
    {
        ref var outcome = ref OutcomeOf(index);
        if (outcome is not ((byte)Outcome.None or (byte)Outcome.Kept))
            throw AnsweredTwice(index);
        if (outcome == (byte)Outcome.None)
            _answeredCount++;
        outcome = (byte)Outcome.Kept;
        if (OutputCount == _outputs.Length)
            Grow();
        if (_isInOrder && index != OutputCount)
        {
            NumberSources();
            _isInOrder = false;
        }

        if (!_isInOrder)
            _sources[OutputCount] = index;
        _outputs[OutputCount++] = output;
    }

    /// <summary>Gives the items from <paramref name="index"/> on, none of which has an outcome yet, what a function makes of them; null filters.</summary>
    /// <remarks>The usual case without a call per item. <paramref name="index"/> follows, so that it names the item at which the function threw.</remarks>
    internal void Map(Func<TIn, TOut?> map, ref int index)
    {
        var items = _items;
        for (; index < Count; index++)
        {
            if (map(items[index]) is not { } output)
            {
                Filter(index);
                continue;
            }

            if (index != OutputCount || !_isInOrder)
            {
                Keep(index, output);
                continue;
            }

            _outcomes[index] = (byte)Outcome.Kept;
            _outputs[OutputCount++] = output;
            _answeredCount++;
        }
    }

    /// <summary>Leaves the item out on purpose: it counts as filtered.</summary>
    public void Filter(int index) => Answer(index, Outcome.Filtered);

    /// <summary>Says that the item failed; the step's rules decide whether it is retried, skipped or ends the step.</summary>
    /// <param name="index">Which item, from 0.</param>
    /// <param name="fault">Why; retry and skip rules look at its type.</param>
    public void Fail(int index, Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        Answer(index, Outcome.Failed);
        _faults.Add(new(index, fault));
    }

    /// <summary>Whether the item has an outcome yet.</summary>
    public bool HasOutcome(int index) => OutcomeOf(index) != (byte)Outcome.None;

    internal void Reset(ReadOnlySpan<TIn> items)
    {
        Clear();
        if (_items.Length < items.Length)
        {
            _items = new TIn[items.Length];
            _outcomes = new byte[items.Length];
            _outputs = new TOut[items.Length];
            _sources = new int[items.Length];
        }

        items.CopyTo(_items);
        Count = items.Length;
        _outcomes.AsSpan(0, Count).Clear();
    }

    internal void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TIn>())
            _items.AsSpan(0, Count).Clear();
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TOut>())
            _outputs.AsSpan(0, OutputCount).Clear();
        _faults.Clear();
        Count = OutputCount = _answeredCount = 0;
        _isInOrder = true;
    }

    private void NumberSources()
    {
        for (var i = 0; i < OutputCount; i++)
            _sources[i] = i;
    }

    private void Answer(int index, Outcome answer)
    {
        ref var outcome = ref OutcomeOf(index);
        if (outcome != (byte)Outcome.None)
            throw AnsweredTwice(index);
        outcome = (byte)answer;
        _answeredCount++;
    }

    private ref byte OutcomeOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ref _outcomes[index];
    }

    private void Grow()
    {
        var capacity = Math.Max(16, _outputs.Length * 2);
        Array.Resize(ref _outputs, capacity);
        Array.Resize(ref _sources, capacity);
    }

    private InvalidOperationException AnsweredTwice(int index) => new(
        $"The processor gave item {index} of the batch a second outcome after '{(Outcome)_outcomes[index]}'. An item is kept (once or more), filtered or failed.");
}
