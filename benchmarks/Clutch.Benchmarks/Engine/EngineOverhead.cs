using System.Runtime.CompilerServices;
using Clutch.Executions;
using Clutch.Launching;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Engine;

/// <summary>P1: what does the engine cost per item, over a plain loop that makes the same objects?</summary>
internal static class EngineOverhead
{
    private const int ItemCount = 10_000_000;
    private const int ChunkSize = 1_000;
    private const string Loop = "plain loop";
    private const string Engine = "engine, one processor";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var comparison = await new Comparison(options.Output, $"P1: engine overhead, {ItemCount:N0} items in memory, chunk {ChunkSize:N0}, in-memory repository")
            .Add(Loop, () => Measurement.OfAsync(ItemCount, PlainLoopAsync))
            .Add(Engine, () => Measurement.OfAsync(ItemCount, () => EngineAsync(concurrency: 1)))
            .Add("engine, concurrency 2", () => Measurement.OfAsync(ItemCount, () => EngineAsync(concurrency: 2)))
            .RunAsync(options.Runs);
        comparison.Write();
        var above = comparison.Pairs(Engine, Loop, (engine, loop) => engine.NanosecondsPerItem - loop.NanosecondsPerItem);
        var bytes = comparison.Pairs(Engine, Loop, (engine, loop) => engine.BytesPerItem - loop.BytesPerItem);
        options.Output.WriteLine($"Above the loop: {above.Text("0.0")} ns and {bytes.Text("0.00")} bytes an item.");
        options.Output.WriteLine();
        options.Aims.AtMost("time above a plain loop", 15, above.Median, " ns an item");
        options.Aims.AtMost("memory allocated above a plain loop", 1, bytes.Median, " bytes an item");
    }

    private static Task PlainLoopAsync()
    {
        var (inputs, outputs) = (new Input[ChunkSize], new Output[ChunkSize]);
        var sum = 0L;
        for (var first = 0; first < ItemCount; first += ChunkSize)
            sum += SumOfChunk(inputs, outputs, first);
        SummingWriter.Expect(ItemCount, sum);
        return Task.CompletedTask;
    }

    // A call of its own for each chunk, as the engine makes: code that is called once only is never compiled in its last form. What stays in an array is really made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long SumOfChunk(Input[] inputs, Output[] outputs, int first)
    {
        var sum = 0L;
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = new(first + i);
            outputs[i] = Output.Of(inputs[i]);
            sum += outputs[i].Value;
        }

        return sum;
    }

    private static async Task EngineAsync(int concurrency)
    {
        var writer = new SummingWriter();
        await using var services = new ServiceCollection()
            .AddClutch(clutch => clutch.AddJob("p1", job => job
                .Step("move", step => step.Read(_ => new CountingReader(ItemCount)).Process(Output.Of).Write(_ => writer).ChunkSize(ChunkSize).Concurrency(concurrency))))
            .BuildServiceProvider();
        var launch = await services.GetRequiredService<JobLauncher>().LaunchAsync("p1", new Dictionary<string, string>());
        var ended = await launch.Run!.Completion;
        if (ended.Status is not BatchStatus.Completed)
            throw new InvalidOperationException($"The job ended {ended.Status}: {ended.Failure?.Message}");
        SummingWriter.Expect(ItemCount, writer.Sum);
    }
}
