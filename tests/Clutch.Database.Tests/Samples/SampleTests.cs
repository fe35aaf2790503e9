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
        var run = SampleProgram.Build(sample).Start(_folder, new Dictionary<string, string>(), "jobs");

        Assert.Equal(0, run.WaitForExit());
        Assert.NotEmpty(run.Output);
    }

    [Fact]
    public void Hello_job_adds_up_the_even_numbers()
    {
        var run = SampleProgram.Build("01-hello-job.cs").Start(_folder, new Dictionary<string, string>(), "run", "hello");

        Assert.Equal(0, run.WaitForExit());
        Assert.Contains("25,005,000", run.Output, StringComparison.Ordinal);
        Assert.Contains("ended Completed", run.Output, StringComparison.Ordinal);
    }
}
