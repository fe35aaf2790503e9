using System.Threading.Channels;

namespace Simulators.Fulfilment;

/// <summary>The workers behind the 202: each needs its time for every item, and takes up after a kill what was accepted before.</summary>
internal sealed class ApplyWorkers(OperationStore store, UpdateApplier applier, SimulatorOptions options, Pace pace, TimeProvider clock, ILogger<ApplyWorkers> logger) : BackgroundService
{
    // A transaction per ten items: at 12 ms and 64 workers that is 530 a second, which the file takes without being the limit.
    private const int SliceSize = 10;

    private static readonly TimeSpan RestAfterFault = TimeSpan.FromSeconds(1);

    private readonly Channel<Slice> _queue = Channel.CreateUnbounded<Slice>();
    private int _waitingCount;

    public int WaitingCount => Volatile.Read(ref _waitingCount);

    public bool HasRoomFor(int count) => WaitingCount + count <= options.QueueLimit;

    /// <summary>How long what waits now takes to be applied.</summary>
    public TimeSpan Backlog => pace.Scale(options.Latencies.Apply * WaitingCount / options.WorkerCount);

    public void Enqueue(Slice operation)
    {
        foreach (var items in operation.Items.Chunk(SliceSize))
        {
            Interlocked.Add(ref _waitingCount, items.Length);
            _queue.Writer.TryWrite(operation with { Items = items });
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var operation in store.ReadOpen())
            Enqueue(operation);
        return Task.WhenAll(Enumerable.Range(0, options.WorkerCount).Select(_ => WorkAsync(stoppingToken)));
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await foreach (var slice in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            var span = pace.Scale(options.Latencies.Apply * slice.Items.Count);
            if (span > TimeSpan.Zero)
                await Task.Delay(span, clock, stoppingToken);
            if (await IsAppliedAsync(slice))
                Interlocked.Add(ref _waitingCount, -slice.Items.Count);
            else
                await ReturnAsync(slice, stoppingToken);
        }
    }

    private async Task<bool> IsAppliedAsync(Slice slice)
    {
        try
        {
            await applier.ApplyAsync(slice);
            return true;
        }
        catch (Exception fault)
        {
            logger.SliceNotApplied(slice.OperationId, fault);
            return false;
        }
    }

    // What was accepted is owed, whatever is wrong with the file for now.
    private async Task ReturnAsync(Slice slice, CancellationToken stoppingToken)
    {
        await Task.Delay(RestAfterFault, clock, stoppingToken);
        _queue.Writer.TryWrite(slice);
    }
}

internal static partial class Log
{
    [LoggerMessage(9111, LogLevel.Error, "A part of operation {OperationId} could not be applied; it is tried again")]
    public static partial void SliceNotApplied(this ILogger logger, string operationId, Exception fault);
}
