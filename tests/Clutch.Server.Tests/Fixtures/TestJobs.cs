using System.Text.Json.Serialization;
using Clutch.Hosting;
using Clutch.Steps;

namespace Clutch.Server.Tests.Fixtures;

/// <summary>The jobs of the tests' server: one that ends at once, one that waits to be let go, one that fails, one that skips, one in partitions.</summary>
public sealed class TestJobs
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isMended;

    /// <summary>Lets the waiting job go on to its end.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Lets the failing job succeed.</summary>
    public void Mend() => _isMended = true;

    public void AddTo(ClutchBuilder clutch) => clutch
        .AddJob("quick", job => job
            .Describe("Ends at once.")
            .Parameter<DateOnly>("date")
            .Parameter<int>("rows", parameter => parameter.WithDefault(10).Must(rows => rows > 0, "must be positive").NonIdentifying())
            .Step("load", step => step
                .ReadFrom(context => Numbers(context.Parameters.Get<int>("rows")))
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)))
        .AddJob("waiting", job => job
            .Parameter<int>("n", parameter => parameter.WithDefault(1))
            .Step("load", step => step
                .ReadFrom(_ => NumbersWithPause())
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .ChunkSize(10)))
        .AddJob("limited", job => job
            .MaxRunning(1)
            .Parameter<int>("n")
            .Step("load", async (_, cancellationToken) => await _released.Task.WaitAsync(cancellationToken)))
        .AddJob("failing", job => job
            .Parameter<int>("n", parameter => parameter.WithDefault(1))
            .Step("load", (_, _) => _isMended ? Task.CompletedTask : throw new InvalidDataException("The file is torn.")))
        .AddJob("skipping", job => job
            .Parameter<int>("n", parameter => parameter.WithDefault(1))
            .Step("load", step => step
                .ReadFrom([.. Enumerable.Range(1, 20).Select(number => new Row(number))])
                .ItemType(TestJson.Default.Row)
                .Process(row => row.Number % 10 == 0 && !_isMended ? throw new FormatException($"'{row.Number}' is round, \"very\"") : row)
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .Skip<FormatException>(limit: 5)))
        .AddJob("parts", job => job
            .Step("load", step => step
                .ReadFrom(_ => Numbers(100))
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .Partition(_ => new Tens(), concurrency: 2)));

    private static async IAsyncEnumerable<int> Numbers(int count)
    {
        for (var number = 1; number <= count; number++)
            yield return number;
        await Task.CompletedTask;
    }

    private async IAsyncEnumerable<int> NumbersWithPause()
    {
        for (var number = 1; number <= 100; number++)
        {
            if (number == 31)
                await _released.Task;
            yield return number;
        }
    }

    private sealed class Tens : IPartitioner
    {
        public ValueTask<IReadOnlyList<PartitionSpec>> PartitionAsync(Executions.StepContext step, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<PartitionSpec>>([.. Enumerable.Range(1, 10).Select(part => new PartitionSpec($"part-{part}", "{}"))]);
    }
}

public sealed record Row(int Number);

[JsonSerializable(typeof(Row))]
public sealed partial class TestJson : JsonSerializerContext;
