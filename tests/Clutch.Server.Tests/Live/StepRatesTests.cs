using Clutch.Client.Wire;
using Clutch.Server.Live;

namespace Clutch.Server.Tests.Live;

/// <summary>How fast steps read, as those who watch are told.</summary>
public sealed class StepRatesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private readonly StepRates _rates = new();

    [Fact]
    public void Each_step_of_a_split_has_the_rate_of_its_own_latest_items()
    {
        Put(0, 1_000, 1_000);
        // Both read 100 items a second, and commit in turns.
        var told = Enumerable.Range(1, 6).Select(second => Put(second, 1_000 + (second / 2 * 200), 1_000 + ((second + 1) / 2 * 200) - 100)).ToList();

        Assert.All(told.Skip(2), rates => Assert.Equal((100.0, 100.0), rates));
    }

    [Fact]
    public void A_step_that_reads_no_more_gets_slower()
    {
        Put(0, 0, 0);
        Put(1, 100, 0);

        Assert.Equal(100, Put(2, 100, 1).Left);
        Assert.Equal(25, Put(5, 100, 2).Left);
    }

    [Fact]
    public void A_step_that_is_seen_for_the_first_time_has_the_rate_since_its_start() => Assert.Equal((7.0, 7.0), Put(0, 1_000, 1_000));

    private (double Left, double Right) Put(int second, long left, long right)
    {
        var steps = _rates.Put(View(second, left, right)).Steps;
        return (steps[0].ItemsPerSecond, steps[1].ItemsPerSecond);
    }

    private static ProgressView View(int second, long left, long right) => new()
    {
        ExecutionId = 1,
        Job = "split",
        Status = ExecutionStatus.Started,
        StartedAt = Start,
        At = Start.AddSeconds(second),
        Steps = [Step("left", left), Step("right", right)],
    };

    private static StepProgressView Step(string name, long read) =>
        new() { Step = name, Status = ExecutionStatus.Started, Counts = new() { Read = read }, StartedAt = Start, ItemsPerSecond = 7 };
}
