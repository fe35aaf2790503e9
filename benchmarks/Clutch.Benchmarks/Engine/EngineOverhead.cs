using Clutch.Executions;
using Clutch.Items;
using Clutch.Launching;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Engine;

/// <summary>P1: what does the engine cost per item, over a plain loop that makes the same objects?</summary>
internal static class EngineOverhead
{
    private const int ItemCount = 10_000_000;
    private const int ChunkSize = 1_000;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var comparison = await new Comparison(options.Output, $"P1: engine overhead, {ItemCount:N0} items in memory, chunk {ChunkSize:N0}, in-memory repository")
            .Add("plain loop", () => Measurement.OfAsync(ItemCount, PlainLoopAsync))
            .Add("engine, one processor", () => Measurement.OfAsync(ItemCount, () => EngineAsync(concurrency: 1, new Summing())))
            .Add("engine, concurrency 2", () => Measurement.OfAsync(ItemCount, () => EngineAsync(concurrency: 2, new Summing())))
            .RunAsync(options.Runs);
        comparison.Write();
        var above = Spread.Of(comparison.Of("engine, one processor").Zip(comparison.Of("plain loop"), (engine, loop) => engine.NanosecondsPerItem - loop.NanosecondsPerItem));
        var bytes = Spread.Of(comparison.Of("engine, one processor").Zip(comparison.Of("plain loop"), (engine, loop) => engine.BytesPerItem - loop.BytesPerItem));
        options.Output.WriteLine($"Above the loop: {above.Text("0.0")} ns and {bytes.Text("0.00")} bytes an item; aim: at most 15 ns and 1 byte.");
        options.Output.WriteLine();
    }

    private static Task PlainLoopAsync()
    {
        var sum = 0L;
        for (var i = 0; i < ItemCount; i++)
        {
            var output = Map(new Input(i));
            sum += output.Value;
        }

        return sum == 0 ? throw new InvalidOperationException("The loop did nothing.") : Task.CompletedTask;
    }

    private static Output Map(Input input) => new(input.Value + 1);

    private static async Task EngineAsync(int concurrency, Summing writer)
    {
        await using var services = new ServiceCollection()
            .AddClutch(clutch => clutch.AddJob("p1", job => job
                .Step("move", step => step.Read(_ => new Counting()).Process(Map).Write(_ => writer).ChunkSize(ChunkSize).Concurrency(concurrency))))
            .BuildServiceProvider();
        var launch = await services.GetRequiredService<JobLauncher>().LaunchAsync("p1", new Dictionary<string, string>());
        var ended = await launch.Run!.Completion;
        if (ended.Status is not BatchStatus.Completed || writer.Count != ItemCount)
            throw new InvalidOperationException($"The job ended {ended.Status} with {writer.Count} items: {ended.Failure?.Message}");
    }

    private sealed record Input(long Value);

    private sealed record Output(long Value);

    private sealed class Counting : IItemReader<Input>
    {
        private int _next;

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ReadAsync(ReadBatch<Input> batch, CancellationToken cancellationToken)
        {
            var free = batch.FreeSpan;
            var count = Math.Min(free.Length, ItemCount - _next);
            for (var i = 0; i < count; i++)
                free[i] = new(_next++);
            batch.Advance(count);
            batch.Checkpoint = Checkpoint.At(_next);
            if (_next == ItemCount)
                batch.End();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Summing : IItemWriter<Output>
    {
        public long Count { get; private set; }

        public long Sum { get; private set; }

        public ValueTask WriteAsync(WriteBatch<Output> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            foreach (var item in batch.Items.Span)
                Sum += item.Value;
            Count += batch.Count;
            return ValueTask.CompletedTask;
        }
    }
}
