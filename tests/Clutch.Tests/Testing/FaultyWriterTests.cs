using Clutch.Executions;
using Clutch.Repository;
using Clutch.Testing;

namespace Clutch.Tests.Testing;

public sealed class FaultyWriterTests
{
    [Theory]
    [InlineData(WriteFaultStyle.Mark)]
    [InlineData(WriteFaultStyle.Name)]
    public async Task What_the_inner_writer_tells_of_an_item_keeps_its_place_beside_marked_ones(WriteFaultStyle inner)
    {
        var table = new MemoryTable<int>(number => number);
        var (inside, outside) = (new ItemFaults<int>().Fail(4), new ItemFaults<int>().Fail(2));
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("copy", job => job
                .Step("copy", step => step
                    .Read(_ => new NumberSource(5).CreateReader())
                    .Write(_ => new FaultyWriter<int>(new FaultyWriter<int>(table.CreateWriter(), inside, inner), outside, WriteFaultStyle.Mark))
                    .Skip<BadItemException>(limit: 2))),
        });

        var outcome = await host.RunAsync("copy");

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal([1, 3, 5], table.Rows.Order());
        Assert.Equal(2, outcome.Step("copy").Counts.WriteSkipped);
    }
}
