using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Makes a row of each number from one on, and knows how far it is.</summary>
internal sealed class RowReader<T>(Func<StepContext, int> count, Func<StepContext, int, T> row) : IItemReader<T>
{
    private StepContext _step = null!;
    private int _count;
    private int _last;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _step = step;
        _count = count(step);
        _last = (int)(resumeFrom?.ToPosition() ?? 0);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        for (var room = batch.Remaining; room > 0 && _last < _count; room--)
            batch.Add(row(_step, ++_last));
        batch.Checkpoint = Checkpoint.At(_last);
        batch.Fraction = (double)_last / _count;
        if (_last == _count)
            batch.End();
        return ValueTask.CompletedTask;
    }
}
