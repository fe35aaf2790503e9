using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Benchmarks.Engine;

internal sealed record Input(long Value);

internal sealed record Output(long Value)
{
    public static Output Of(Input input) => new(input.Value + 1);
}

/// <summary>Makes items in memory, as fast as they can be made.</summary>
internal sealed class CountingReader(int count) : IItemReader<Input>
{
    private int _next;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ReadAsync(ReadBatch<Input> batch, CancellationToken cancellationToken)
    {
        var free = batch.FreeSpan;
        var length = Math.Min(free.Length, count - _next);
        for (var i = 0; i < length; i++)
            free[i] = new(_next++);
        batch.Advance(length);
        batch.Checkpoint = Checkpoint.At(_next);
        if (_next == count)
            batch.End();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Looks at each item and keeps none.</summary>
internal sealed class SummingWriter : IItemWriter<Output>
{
    public long Sum { get; private set; }

    /// <summary>Refuses the sum of items made of the numbers below <paramref name="count"/> where one is missing or came twice.</summary>
    public static void Expect(long count, long sum)
    {
        if (sum != count * (count + 1) / 2)
            throw new InvalidOperationException($"The sum of {count} items is {sum}: the measurement did not do the work.");
    }

    public ValueTask WriteAsync(WriteBatch<Output> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        foreach (var item in batch.Items.Span)
            Sum += item.Value;
        return ValueTask.CompletedTask;
    }
}
