using Clutch.Executions;
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
            .Add("engine, one processor", () => Measurement.OfAsync(ItemCount, () => EngineAsync(concurrency: 1, new SummingWriter())))
            .Add("engine, concurrency 2", () => Measurement.OfAsync(ItemCount, () => EngineAsync(concurrency: 2, new SummingWriter())))
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
            var output = Output.Of(new Input(i));
            sum += output.Value;
        }

        return sum == 0 ? throw new InvalidOperationException("The loop did nothing.") : Task.CompletedTask;
    }

    private static async Task EngineAsync(int concurrency, SummingWriter writer)
    {
        await using var services = new ServiceCollection()
            .AddClutch(clutch => clutch.AddJob("p1", job => job
                .Step("move", step => step.Read(_ => new CountingReader(ItemCount)).Process(Output.Of).Write(_ => writer).ChunkSize(ChunkSize).Concurrency(concurrency))))
            .BuildServiceProvider();
        var launch = await services.GetRequiredService<JobLauncher>().LaunchAsync("p1", new Dictionary<string, string>());
        var ended = await launch.Run!.Completion;
        if (ended.Status is not BatchStatus.Completed || writer.Count != ItemCount)
            throw new InvalidOperationException($"The job ended {ended.Status} with {writer.Count} items: {ended.Failure?.Message}");
    }
}
