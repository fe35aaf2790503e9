using System.Collections.Concurrent;
using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Steps;

namespace Clutch.Testing;

/// <summary>The integers from 1 to a count as the input of a step, with bad records and failures where a test wants them. Its checkpoint is the last number read.</summary>
/// <remarks>A partition reads the range that <see cref="Cut"/> gave it.</remarks>
public sealed class NumberSource(int count)
{
    private readonly ConcurrentQueue<Checkpoint?> _opens = new();

    /// <summary>How many numbers there are.</summary>
    public int Count { get; } = count;

    /// <summary>The most numbers that one call of the reader adds; as many as there is room for by default.</summary>
    public int MaxPerCall { get; init; } = int.MaxValue;

    /// <summary>Numbers that cannot be read, although the numbers after them can.</summary>
    public ItemFaults<int> Rejects { get; } = new();

    /// <summary>Numbers at which the reader as a whole fails.</summary>
    public ItemFaults<int> Faults { get; } = new();

    /// <summary>Failures while opening; the item is the number of the opening, from 1.</summary>
    public ItemFaults<int> OpenFaults { get; } = new();

    /// <summary>The checkpoints that the readers were opened at, in order.</summary>
    public IReadOnlyList<Checkpoint?> Opens => [.. _opens];

    /// <summary>A reader of all numbers, or of the partition's range.</summary>
    public IItemReader<int> CreateReader() => new Reader(this);

    /// <summary>Cuts the numbers into ranges of nearly the same length, named <c>p1</c>, <c>p2</c> and so on.</summary>
    public IReadOnlyList<PartitionSpec> Cut(int partitions) =>
    [
        .. Enumerable.Range(0, partitions).Select(index => new PartitionSpec(
            string.Create(CultureInfo.InvariantCulture, $"p{index + 1}"),
            string.Create(CultureInfo.InvariantCulture, $"{((long)Count * index / partitions) + 1}-{(long)Count * (index + 1) / partitions}"))),
    ];

    private sealed class Reader(NumberSource source) : IItemReader<int>
    {
        private int _last;
        private int _end;

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
        {
            source._opens.Enqueue(resumeFrom);
            source.OpenFaults.Pass(source._opens.Count);
            var range = step.PartitionData?.Split('-');
            var first = range is null ? 1 : int.Parse(range[0], CultureInfo.InvariantCulture);
            _end = range is null ? source.Count : int.Parse(range[1], CultureInfo.InvariantCulture);
            _last = (int)(resumeFrom?.ToPosition() ?? first - 1);
            return ValueTask.CompletedTask;
        }

        public ValueTask ReadAsync(ReadBatch<int> batch, CancellationToken cancellationToken)
        {
            for (var added = 0; added < source.MaxPerCall && batch.Remaining > 0 && _last < _end; added++)
                Add(batch, _last + 1);
            if (_last == _end)
                batch.End();
            return ValueTask.CompletedTask;
        }

        private void Add(ReadBatch<int> batch, int number)
        {
            source.Faults.Pass(number);
            if (source.Rejects.Try(number) is { } fault)
                batch.Reject(fault, number.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"numbers:{number}"));
            else
                batch.Add(number);
            _last = number;
            batch.Checkpoint = Checkpoint.At(number);
        }
    }
}
