using System.Runtime.ExceptionServices;
using Clutch.Items;

namespace Clutch.Steps;

/// <summary>One chunk in flight: its buffers, and the news that it is processed. A step has a fixed number of them and uses them in turn.</summary>
internal sealed class ChunkSlot<TIn, TOut>(int chunkSize, ProcessingLine<TIn, TOut> line)
{
    private TaskCompletionSource _processed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ExceptionDispatchInfo? _fault;

    public ReadBatch<TIn> Read { get; } = new(chunkSize);

    public ProcessedChunk<TOut> Output { get; } = new();

    /// <summary>Done when the chunk is processed, or failed on the way.</summary>
    public Task Processed => _processed.Task;

    /// <summary>Why the chunk cannot be written, or null.</summary>
    public ExceptionDispatchInfo? Fault => _fault;

    /// <summary>Whether the reader failed after what this chunk holds.</summary>
    public bool IsReadFault { get; private set; }

    public void FailRead(Exception fault)
    {
        IsReadFault = true;
        _fault = ExceptionDispatchInfo.Capture(fault);
        _processed.TrySetResult();
    }

    public async ValueTask ProcessAsync(StepRun run, CancellationToken cancellationToken)
    {
        try
        {
            await line.RunAsync(Read.Memory, Output, cancellationToken);
            run.Reach(FaultPoint.AfterProcess);
        }
        catch (Exception fault)
        {
            // The committer throws it when the chunk's turn comes: earlier chunks commit first, whatever the concurrency.
            _fault = ExceptionDispatchInfo.Capture(fault);
        }

        _processed.TrySetResult();
    }

    /// <summary>Makes the slot ready for the chunk whose first record has this ordinal.</summary>
    public void Reset(long firstOrdinal)
    {
        Read.Clear(firstOrdinal);
        line.Clear();
        _fault = null;
        IsReadFault = false;
        if (_processed.Task.IsCompleted)
            _processed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
