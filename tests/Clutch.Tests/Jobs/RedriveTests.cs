using System.Text.Json.Serialization;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Testing;

namespace Clutch.Tests.Jobs;

/// <summary>Dead letters that run again.</summary>
public sealed partial class RedriveTests
{
    [Fact]
    public async Task Letters_with_the_error_that_is_asked_for_are_found_behind_whole_pages_of_others()
    {
        var table = new MemoryTable<int>(number => number);
        var isMended = false;
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("numbers", job => job.Step("load", step => step
                .ReadFrom([1, 2, 3, 4, 5, 6, 7, 8])
                .ItemType(NumberJson.Default.Int32)
                .Process(number => isMended ? number : throw Refusal(number))
                .Write(_ => table.CreateWriter())
                .ChunkSize(2)
                .Skip<FormatException>()
                .Skip<InvalidDataException>())),
        });
        var first = await host.RunAsync("numbers");
        isMended = true;

        var redriven = await host.EndOfAsync(await host.Launcher.RedriveAsync(first.Execution.Id, "load", failureType: nameof(InvalidDataException)));

        Assert.Equal(BatchStatus.Completed, redriven.Status);
        Assert.Equal([5, 8], table.Rows);
    }

    [Fact]
    public async Task Items_are_described_only_for_a_letter()
    {
        var table = new MemoryTable<int>(number => number);
        var refused = 0;
        var askedCount = 0;
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("numbers", job => job.Parameter<int>("run").Step("load", step => step
                .ReadFrom([1, 2, 3])
                .ItemType(() =>
                {
                    askedCount++;
                    return NumberJson.Default.Int32;
                })
                .Process(number => number != refused ? number : throw new FormatException("Refused."))
                .Write(_ => table.CreateWriter())
                .Skip<FormatException>())),
        });

        await host.RunAsync("numbers", ("run", "1"));
        var askedWithoutLetter = askedCount;
        refused = 2;
        await host.RunAsync("numbers", ("run", "2"));

        Assert.Equal(0, askedWithoutLetter);
        Assert.Equal(1, askedCount);
    }

    [Fact]
    public async Task Letters_run_with_the_parameters_and_the_job_context_of_the_instance_that_left_them()
    {
        var written = new List<string>();
        var isMended = false;
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("numbers", job => job
                .Parameter<string>("run")
                .Step("prepare", (step, _) =>
                {
                    step.JobState.Set("rate", 3);
                    return Task.CompletedTask;
                })
                .Step("load", step => step
                    .ReadFrom([1, 2])
                    .ItemType(NumberJson.Default.Int32)
                    .Process(number => isMended || number == 1 ? number : throw Refusal(number))
                    .WriteChunk((batch, chunk, _) =>
                    {
                        foreach (var number in batch.Items.ToArray())
                            written.Add($"{chunk.Step.Parameters.Get<string>("run")} {number * chunk.Step.JobState.Get("rate", 0)}");
                        return ValueTask.CompletedTask;
                    })
                    .Skip<FormatException>())),
        });
        var first = await host.RunAsync("numbers", ("run", "monday"));
        isMended = true;

        var redriven = await host.EndOfAsync(await host.Launcher.RedriveAsync(first.Execution.Id, "load"));

        Assert.Equal(BatchStatus.Completed, redriven.Status);
        Assert.Equal(["monday 3", "monday 6"], written);
    }

    [Fact]
    public async Task An_item_that_cannot_be_written_down_leaves_a_letter_without_it()
    {
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("numbers", job => job.Step("load", step => step
                .ReadFrom([1.5, double.NaN])
                .ItemType(NumberJson.Default.Double)
                .Process(number => double.IsNaN(number) ? throw new FormatException("No number.") : number)
                .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                .Skip<FormatException>())),
        });

        var outcome = await host.RunAsync("numbers");

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        var letter = Assert.Single(await host.Repository.ListDeadLettersAsync(new() { InstanceId = outcome.Execution.InstanceId }, CancellationToken.None));
        Assert.Equal((null, "No number."), (letter.Payload, letter.Failure.Message));
    }

    [Fact]
    public async Task Names_with_a_slash_are_found_again()
    {
        var table = new MemoryTable<int>(number => number);
        var isMended = false;
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch
                .AddJob("shop", job => job.Step("other", (_, _) => Task.CompletedTask))
                .AddJob("shop/stock", job => job.Step("load/all", step => step
                    .ReadFrom([1])
                    .ItemType(NumberJson.Default.Int32)
                    .Process(number => isMended ? number : throw Refusal(number))
                    .Write(_ => table.CreateWriter())
                    .Skip<FormatException>())),
        });
        var first = await host.RunAsync("shop/stock");
        isMended = true;

        var redriven = await host.EndOfAsync(await host.Launcher.RedriveAsync(first.Execution.Id, "load/all"));

        Assert.Equal(BatchStatus.Completed, redriven.Status);
        Assert.Equal([1], table.Rows);
    }

    // Whole pages of others lie before the first that is asked for, and one within its chunk.
    private static Exception Refusal(int number) => number is 5 or 8 ? new InvalidDataException($"{number} is torn.") : new FormatException($"{number} is no number.");

    [JsonSerializable(typeof(int))]
    [JsonSerializable(typeof(double))]
    internal sealed partial class NumberJson : JsonSerializerContext;
}
