using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Tests.Files;

/// <summary>What a reader gave with one call.</summary>
public sealed record FileChunk<T>(IReadOnlyList<T> Items, IReadOnlyList<ReadReject> Rejects, Checkpoint? Checkpoint, double? Fraction);

/// <summary>Runs readers and writers as a step would.</summary>
public static class FileSteps
{
    public static StepContext Step(ContextValues? state = null, string? partitionData = null, bool isRestart = false) => new()
    {
        JobName = "import",
        StepName = "load",
        Partition = partitionData is null ? null : "one",
        PartitionData = partitionData,
        InstanceId = new(1),
        JobExecutionId = new(1),
        StepExecutionId = new(1),
        Parameters = JobParameters.Empty,
        Services = NoServices.Instance,
        TimeProvider = TimeProvider.System,
        State = state ?? new(),
        IsRestart = isRestart,
    };

    /// <summary>All chunks to the end of the input, from the beginning or a checkpoint.</summary>
    public static async Task<IReadOnlyList<FileChunk<T>>> ReadChunksAsync<T>(
        this IItemReader<T> reader, int chunkSize = 100, Checkpoint? resumeFrom = null, ContextValues? state = null, string? partitionData = null)
    {
        await using var _ = (IAsyncDisposable)reader;
        await reader.OpenAsync(resumeFrom, Step(state, partitionData, isRestart: resumeFrom is not null), CancellationToken.None);
        var chunks = new List<FileChunk<T>>();
        var batch = new ReadBatch<T>(chunkSize);
        while (!batch.IsEnd)
        {
            batch.Clear(firstOrdinal: 1);
            await reader.ReadAsync(batch, CancellationToken.None);
            chunks.Add(new(batch.Items.ToArray(), [.. batch.Rejects], batch.Checkpoint, batch.Fraction));
        }

        return chunks;
    }

    /// <summary>All items to the end of the input; a reject fails the test.</summary>
    public static async Task<IReadOnlyList<T>> ReadAllAsync<T>(this IItemReader<T> reader, int chunkSize = 100, Checkpoint? resumeFrom = null, ContextValues? state = null)
    {
        var chunks = await reader.ReadChunksAsync(chunkSize, resumeFrom, state);
        Assert.Empty(chunks.SelectMany(chunk => chunk.Rejects).Select(reject => reject.Fault.Message));
        return [.. chunks.SelectMany(chunk => chunk.Items)];
    }

    public static async Task<IReadOnlyList<ReadReject>> ReadRejectsAsync<T>(this IItemReader<T> reader) =>
        [.. (await reader.ReadChunksAsync()).SelectMany(chunk => chunk.Rejects)];

    /// <summary>Reads whole, then again from every checkpoint with a new reader, and compares what follows.</summary>
    public static async Task AssertRestartsAnywhereAsync<T>(Func<IItemReader<T>> newReader, int chunkSize)
    {
        var state = new ContextValues();
        var chunks = await newReader().ReadChunksAsync(chunkSize, state: state);
        for (var done = 1; done <= chunks.Count; done++)
        {
            var rest = await newReader().ReadChunksAsync(chunkSize, chunks[done - 1].Checkpoint, state);

            Assert.Equal(chunks.Skip(done).SelectMany(chunk => chunk.Items), rest.SelectMany(chunk => chunk.Items));
            Assert.Equal(
                chunks.Skip(done).SelectMany(chunk => chunk.Rejects).Select(reject => (reject.Location, reject.Payload, reject.Fault.Message)),
                rest.SelectMany(chunk => chunk.Rejects).Select(reject => (reject.Location, reject.Payload, reject.Fault.Message)));
        }
    }

    /// <summary>Writes items as one batch; tells which failed.</summary>
    public static async Task<IReadOnlyList<ItemFault>> WriteAsync<T>(this IItemWriter<T> writer, params T[] items)
    {
        var batch = new WriteBatch<T>();
        batch.Reset(items);
        await writer.WriteAsync(batch, Chunk, CancellationToken.None);
        return batch.Faults;
    }

    public static ICheckpointedWriter Output<T>(this IItemWriter<T> writer) => (ICheckpointedWriter)writer;

    public static async Task<Checkpoint> FlushAsync<T>(this IItemWriter<T> writer) => await writer.Output().FlushAsync(CancellationToken.None);

    public static async Task OpenAsync<T>(this IItemWriter<T> writer, Checkpoint? resumeFrom = null, bool isRestart = false) =>
        await writer.Output().OpenAsync(resumeFrom, Step(isRestart: isRestart || resumeFrom is not null), CancellationToken.None);

    public static async Task RollbackAsync<T>(this IItemWriter<T> writer, Checkpoint? committed) => await writer.Output().RollbackAsync(committed, CancellationToken.None);

    public static async Task CompleteAsync<T>(this IItemWriter<T> writer) => await writer.Output().CompleteAsync(CancellationToken.None);

    public static void Kill<T>(this IItemWriter<T> writer) => ((IDisposable)writer).Dispose();

    private static ChunkContext Chunk { get; } = new() { Step = Step(), Number = 1, Attempt = 1, Transaction = new NoTransaction() };

    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }

    private sealed class NoTransaction : IChunkTransaction
    {
        public ValueTask SetSavepointAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
