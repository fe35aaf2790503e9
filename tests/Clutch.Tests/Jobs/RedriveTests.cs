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

    // Whole pages of others lie before the first that is asked for, and one within its chunk.
    private static Exception Refusal(int number) => number is 5 or 8 ? new InvalidDataException($"{number} is torn.") : new FormatException($"{number} is no number.");

    [JsonSerializable(typeof(int))]
    internal sealed partial class NumberJson : JsonSerializerContext;
}
