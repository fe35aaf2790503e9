using Clutch.Database.Tests.Fixtures;

namespace Clutch.Database.Tests.Samples;

/// <summary>Every sample builds and does what its first lines say.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-samples-").FullName;

    public static TheoryData<string> All => [.. SampleProgram.Names];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(All))]
    public void Builds_and_shows_its_jobs(string sample)
    {
        var run = SampleProgram.Of(sample).Start(_folder, new Dictionary<string, string>(), "jobs");

        Assert.Equal(0, run.WaitForExit());
        Assert.NotEmpty(run.Output);
    }

    [Fact]
    public void The_code_of_the_README_is_a_sample()
    {
        var readme = File.ReadAllText(Path.Combine(SampleProgram.Root, "README.md"));
        var code = readme.Split("```csharp\n")[1].Split("```")[0];

        Assert.Contains(code.TrimEnd(), File.ReadAllText(Path.Combine(SampleProgram.Root, "samples", "04-upsert-products.cs")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_README_filters_skips_and_updates()
    {
        var program = SampleProgram.Of("04-upsert-products.cs");
        File.WriteAllText(Path.Combine(_folder, "first.csv"), "sku,name,qty\nA,Apple,3\nB,Banana,0\nC,Cherry,many\nD,Date,5\n");
        File.WriteAllText(Path.Combine(_folder, "second.csv"), "sku,name,qty\nA,Apple,4\nE,Elder,1\n");

        var first = program.Start(_folder, new Dictionary<string, string>(), "run", "import-products", "file=first.csv");
        var firstCode = first.WaitForExit();
        var second = program.Start(_folder, new Dictionary<string, string>(), "run", "import-products", "file=second.csv");
        var letters = program.Start(_folder, new Dictionary<string, string>(), "dead-letters", "1");

        Assert.Equal((0, 0, 0), (firstCode, second.WaitForExit(), letters.WaitForExit()));
        Assert.Contains("import   Completed     3        2         1        1", first.Output, StringComparison.Ordinal);
        Assert.Contains("first.csv:4", letters.Output, StringComparison.Ordinal);
        Assert.Contains("C,Cherry,many", letters.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Partitions_sample_prices_every_order()
    {
        var run = SampleProgram.Of("03-partitions.cs").Start(_folder, new Dictionary<string, string>(), "run", "price-orders", "orders=5000");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("price/008", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_databases_sample_bills_what_the_warehouse_has_and_packs_it_once() => ShipTwice([]);

    [SkippableFact]
    public async Task Two_databases_sample_does_the_same_on_PostgreSQL()
    {
        await using var store = new PostgreSqlStore();
        await store.ExecuteAsync($"CREATE SCHEMA {store.Schema}; CREATE SCHEMA {store.Schema}_warehouse");

        ShipTwice(new()
        {
            ["CLUTCH_SHOP"] = $"{store.ConnectionString};Search Path={store.Schema}",
            ["CLUTCH_WAREHOUSE"] = $"{store.ConnectionString};Search Path={store.Schema}_warehouse",
        });
    }

    [Theory]
    [InlineData("date=2026-11-27", 0, "load check branch-prices shop-feed shop-prices report")]
    [InlineData("date=2026-11-28", 0, "load check report")]
    [InlineData("date=2026-11-29 rows=0", 0, "load")]
    [InlineData("date=2026-11-30 rows=5000", 3, "load check")]
    [InlineData("date=2026-12-01 rows=-1", 1, "clean-up")]
    public void Flow_sample_goes_the_way_that_its_steps_say(string parameters, int expected, string steps)
    {
        var run = SampleProgram.Of("10-flow.cs").Start(_folder, new Dictionary<string, string>(), ["run", "publish-prices", .. parameters.Split(' ')]);

        Assert.Equal(expected, run.WaitForExit());
        Assert.Equal(steps.Split(' ').Order(StringComparer.Ordinal), Said(run));
    }

    [Fact]
    public void Flow_sample_goes_on_after_its_stop_and_does_not_clean_up_twice()
    {
        var program = SampleProgram.Of("10-flow.cs");

        var runs = new[] { "5000", "5000", "-1", "-1" }.Select(rows =>
        {
            var run = program.Start(_folder, new Dictionary<string, string>(), "run", "publish-prices", "date=2026-11-30", $"rows={rows}");
            return (Code: run.WaitForExit(), Steps: string.Join(' ', Said(run)));
        }).ToList();

        Assert.Equal([(3, "check load"), (0, "branch-prices report shop-feed shop-prices"), (1, "clean-up"), (1, "")], runs);
    }

    [Fact]
    public void Reader_and_writer_sample_publishes_what_was_not_skipped()
    {
        var run = SampleProgram.Of("11-reader-and-writer.cs").Start(_folder, new Dictionary<string, string>(), "run", "collect", "lines=2000");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("Ding: collect Completed", run.Output, StringComparison.Ordinal);
        Assert.Equal(2 * 1_697, File.ReadAllLines(Path.Combine(_folder, "data", "readings-2000.txt")).Length);
        Assert.False(File.Exists(Path.Combine(_folder, "data", "readings-2000.txt.partial")));
    }

    [Fact]
    public void Bulk_processor_sample_asks_for_a_whole_chunk_in_one_call()
    {
        var run = SampleProgram.Of("06-bulk-processor.cs").Start(_folder, new Dictionary<string, string>(), "run", "price-products");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("4,898 products priced; 10 calls carried 5,250 items.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Outbox_sample_settles_each_price()
    {
        var run = SampleProgram.Of("07-outbox.cs").Start(_folder, new Dictionary<string, string>(), "run", "change-prices");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("1,999 prices reached the shop, 1 did not.", run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Schedules_sample_serves_until_it_is_asked_to_end()
    {
        await using var store = new PostgreSqlStore();
        await store.ExecuteAsync($"CREATE SCHEMA {store.Schema}");
        var database = new Dictionary<string, string> { ["CLUTCH_DB"] = $"{store.ConnectionString};Search Path={store.Schema}" };

        await ServeUntilSigtermAsync("08-schedules.cs", database, "--urls", "http://127.0.0.1:0");
    }

    [Fact]
    public Task Worker_sample_works_until_it_is_asked_to_end() => ServeUntilSigtermAsync("12-worker.cs", []);

    [Fact]
    public void Hello_job_adds_up_the_even_numbers()
    {
        var run = SampleProgram.Of("01-hello-job.cs").Start(_folder, new Dictionary<string, string>(), "run", "hello");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("25,005,000", run.Output, StringComparison.Ordinal);
        Assert.Contains("ended Completed", run.Output, StringComparison.Ordinal);
    }

    private async Task ServeUntilSigtermAsync(string sample, Dictionary<string, string> environment, params string[] arguments)
    {
        var run = SampleProgram.Of(sample).Start(_folder, environment, arguments);

        await run.BegunAsync();
        Assert.False(run.HasExited, run.Output);
        run.Send("TERM");

        Assert.Equal(0, run.WaitForExit());
        Assert.DoesNotContain("fail: ", run.Output, StringComparison.Ordinal);
    }

    private void ShipTwice(Dictionary<string, string> databases)
    {
        var program = SampleProgram.Of("09-two-databases.cs");

        var first = program.Start(_folder, databases, "run", "ship-orders", "date=2026-11-26");
        var firstCode = first.WaitForExit();
        var second = program.Start(_folder, databases, "run", "ship-orders", "date=2026-11-27");

        Assert.Equal((0, 0), (firstCode, second.WaitForExit()));
        Assert.Contains("1 orders billed, 1 parcels to pack.", first.Output, StringComparison.Ordinal);
        Assert.Contains("2 orders billed, 2 parcels to pack.", second.Output, StringComparison.Ordinal);
    }

    /// <summary>The steps that told their names, sorted: those of a split come in any order.</summary>
    private static IEnumerable<string> Said(SampleRun run) =>
        run.Output.Split('\n').Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..].TrimEnd()).Order(StringComparer.Ordinal);
}
