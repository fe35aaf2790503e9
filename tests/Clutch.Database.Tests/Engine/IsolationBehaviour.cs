using Clutch.Executions;
using Clutch.Items;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class IsolationBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(333)]
    [InlineData(500)]
    [InlineData(501)]
    [InlineData(777)]
    [InlineData(1_000)]
    public async Task One_bad_row_among_a_thousand_costs_at_most_21_write_calls(int bad)
    {
        var job = await SkippingAsync(1_000);
        job.Writing.Fail(bad);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r1000 w999 ws1 c1 b1");
        Assert.InRange(job.WriteCalls.Count, 3, 21);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Ten_bad_rows_among_a_thousand_are_found_in_fewer_than_200_write_calls(int seed)
    {
        var job = await SkippingAsync(1_000);
        var bad = new Random(seed).GetItems(Enumerable.Range(1, 1_000).ToArray(), 30).Distinct().Take(10).ToList();
        job.Writing.FailAll(bad);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r1000 w990 ws10 c1 b1");
        Assert.InRange(job.WriteCalls.Count, 20, 199);
        Assert.Equal(Enumerable.Range(1, 1_000).Except(bad), await job.Table.ReadAsync());
    }

    [SkippableFact]
    public async Task A_row_that_the_writer_names_is_taken_out_without_a_search()
    {
        var job = await SkippingAsync(1_000);
        job.Style = WriteFaultStyle.Name;
        job.Writing.Fail(700);

        var outcome = await job.RunAsync();

        AssertStep(outcome, BatchStatus.Completed, "r1000 w999 ws1 c1 b1");
        Assert.Equal([1_000, 699, 300], job.WriteCalls.Select(call => call.Count));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Frequent_rows_that_the_writer_names_are_not_met_by_writing_every_chunk_in_vain(int seed)
    {
        var job = await NumbersAsync(10_000, chunkSize: 1_000);
        job.Step = step => step.Skip<BadItemException>();
        job.Style = WriteFaultStyle.Name;
        var random = new Random(seed);
        var bad = Enumerable.Range(0, 50).Select(stretch => 1 + (100 * stretch) + random.Next(100)).ToList();
        job.Writing.FailAll(bad);

        var outcome = await job.RunAsync();

        // The first chunk is written in vain as a whole, the next four in parts from the start, and soon behind them chunks are whole again.
        AssertStep(outcome, BatchStatus.Completed, "r10000 w9950 ws50 c10 b1");
        Assert.Equal(Enumerable.Range(1, 10_000).Except(bad), await job.Table.ReadAsync());
        Assert.InRange(job.WriteCalls.Count, 110, 50 * 5);
        Assert.True(job.WriteCalls.Sum(call => call.Count) < 20_000, $"{job.WriteCalls.Sum(call => call.Count)} rows were written for 10,000.");
        Assert.Equal(1_000, job.WriteCalls.Last().Count);
    }

    [SkippableFact]
    public async Task A_writer_that_names_a_row_it_was_not_given_fails_the_step()
    {
        var job = await SkippingAsync(4);
        job.Step = step => step.Skip<Exception>();
        job.Writing.Fail(2, fault: () => new ItemWriteException(4, new BadItemException(2)));

        var outcome = await job.RunAsync();

        Assert.Equal(BatchStatus.Failed, outcome.Status);
        Assert.Contains("named item 4 of a batch of 4", outcome.Execution.Failure!.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(WriteFaultStyle.Throw)]
    [InlineData(WriteFaultStyle.Name)]
    [InlineData(WriteFaultStyle.Mark)]
    public async Task An_item_whose_second_output_cannot_be_written_leaves_none_of_its_outputs(WriteFaultStyle style)
    {
        var table = await Store.CreateTableAsync(NewName("outputs"));
        var name = NewName("many");
        var faults = new ItemFaults<int>().Fail(31);
        await using var host = NewHost(clutch => clutch.AddJob(name, builder => builder.Step("load", step => step
            .ReadFrom(Enumerable.Range(1, 5).ToList())
            .ProcessMany(number => new[] { number * 10, (number * 10) + 1, (number * 10) + 2 })
            .Write(_ => new FaultyWriter<int>(table.CreateWriter(), faults, style))
            .Skip<BadItemException>()
            .ChunkSize(5))));

        var outcome = await host.RunAsync(name);

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r5 w4 ws1 c1");
        Assert.Equal([10, 11, 12, 20, 21, 22, 40, 41, 42, 50, 51, 52], await table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(WriteFaultStyle.Throw)]
    [InlineData(WriteFaultStyle.Name)]
    public async Task A_duplicate_key_is_isolated_like_any_bad_row(WriteFaultStyle style)
    {
        var table = await Store.CreateTableAsync(NewName("outputs"));
        var (first, second) = (NewName("first"), NewName("second"));
        await using var host = NewHost(clutch => clutch
            .AddJob(first, builder => builder.Step("load", step => step.ReadFrom([7]).Write(_ => table.CreateWriter())))
            .AddJob(second, builder => builder.Step("load", step => step
                .ReadFrom(Enumerable.Range(1, 10).ToList())
                .Write(_ => new FaultyWriter<int>(table.CreateWriter(), new(), style))
                .Skip<Exception>())));
        await host.RunAsync(first);

        var outcome = await host.RunAsync(second);

        AssertStep(outcome.Step("load"), BatchStatus.Completed, "r10 w9 ws1 c1 b1");
        Assert.Equal(Enumerable.Range(1, 10), await table.ReadAsync());
    }

    private async Task<NumberJob> SkippingAsync(int count)
    {
        var job = await NumbersAsync(count, chunkSize: count);
        job.Step = step => step.Skip<BadItemException>();
        return job;
    }
}
