using Clutch.Executions;

namespace Clutch.Items;

/// <summary>Writes a chunk's outputs in one round trip.</summary>
/// <remarks>One task calls it, chunk after chunk in read order. Writers with an output of their own, such as a file, are <see cref="ICheckpointedWriter"/> too.</remarks>
public interface IItemWriter<T>
{
    /// <summary>Writes all items of the batch within the chunk's transaction.</summary>
    /// <remarks>
    /// An item that failed while the others are written is marked with <see cref="WriteBatch{T}.Fail"/>. An exception means that nothing of the
    /// batch counts as written: the transaction is rolled back, or returned to its savepoint while the failing item is searched.
    /// </remarks>
    ValueTask WriteAsync(WriteBatch<T> batch, ChunkContext chunk, CancellationToken cancellationToken);
}

/// <summary>A writer whose output lives outside the chunk's transaction and follows it: a file that is cut back to the last checkpoint.</summary>
public interface ICheckpointedWriter
{
    /// <summary>Opens the output and returns it to the checkpoint; null starts an empty one.</summary>
    ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken);

    /// <summary>Makes what was written so far durable and tells its place, just before the chunk commits.</summary>
    ValueTask<Checkpoint> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Forgets what was written since the last committed chunk, for the one after it was rolled back.</summary>
    /// <remarks>
    /// The writer cannot know the place by itself: a flush is followed by a commit that succeeds or fails, and nobody tells it which.
    /// </remarks>
    /// <param name="committed">The checkpoint that <see cref="FlushAsync"/> returned for the last chunk that committed, in this execution or an
    /// earlier one; null where none did.</param>
    /// <param name="cancellationToken">Cancelled when the step is stopped.</param>
    ValueTask RollbackAsync(Checkpoint? committed, CancellationToken cancellationToken);

    /// <summary>Publishes the output after the end of the input. Called again after a crash in between, so it must bear that.</summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}
