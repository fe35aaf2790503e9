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
    public void Hello_job_adds_up_the_even_numbers()
    {
        var run = SampleProgram.Of("01-hello-job.cs").Start(_folder, new Dictionary<string, string>(), "run", "hello");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("25,005,000", run.Output, StringComparison.Ordinal);
        Assert.Contains("ended Completed", run.Output, StringComparison.Ordinal);
    }
}
