using Clutch.Executions;

namespace Clutch.Items;

/// <summary>A source of items that can continue where an earlier execution stopped.</summary>
/// <remarks>
/// One task at a time calls it, so it needs no locks. A reader that also is <see cref="IAsyncDisposable"/> or
/// <see cref="IDisposable"/> is disposed when its step ends.
/// </remarks>
public interface IItemReader<T>
{
    /// <summary>Gets ready to read.</summary>
    /// <param name="resumeFrom">The checkpoint after the last committed chunk, or null to start at the beginning.</param>
    /// <param name="step">The step that reads.</param>
    /// <param name="cancellationToken">Cancelled when the step is stopped, or its lease is lost.</param>
    ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken);

    /// <summary>Adds the next items to the batch, in the source's order, and the checkpoint after them.</summary>
    /// <remarks>
    /// It may add fewer items than there is room for: it is called again until nothing remains (<see cref="ReadBatch{T}.Remaining"/>). A call that adds neither an item nor a
    /// reject ends the input, as <see cref="ReadBatch{T}.End"/> does. An exception ends the step; a single bad record is a
    /// <see cref="ReadBatch{T}.Reject"/> instead.
    /// </remarks>
    ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken);
}
