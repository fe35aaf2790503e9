using CalendarSync.Jobs;
using Clutch.Testing;
using Microsoft.Extensions.Options;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>How fast feeds follow each other.</summary>
public sealed class ImportPaceTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task So_many_feeds_begin_in_a_second_and_no_more()
    {
        var pace = PaceOf(feedsPerSecond: 10);

        var waits = Enumerable.Range(0, 30).Select(_ => pace.WaitAsync(CancellationToken.None).AsTask()).ToList();
        _clock.Advance(TimeSpan.FromMilliseconds(1_050));

        await Task.WhenAll(waits.Take(11));
        Assert.All(waits.Skip(11), wait => Assert.False(wait.IsCompleted));
    }

    [Fact]
    public async Task Idle_time_is_not_saved_up()
    {
        var pace = PaceOf(feedsPerSecond: 10);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await pace.WaitAsync(CancellationToken.None);
        var second = pace.WaitAsync(CancellationToken.None).AsTask();

        Assert.False(second.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await second;
    }

    [Fact]
    public async Task A_clock_that_is_set_back_holds_up_no_feed()
    {
        var clock = new ShiftedClock();
        var pace = new ImportPace(Options.Create(new ImportOptions { FeedsPerSecond = 1_000 }), clock);
        await pace.WaitAsync(CancellationToken.None);

        clock.Advance(TimeSpan.FromHours(-1));

        await pace.WaitAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Nought_is_no_limit()
    {
        var pace = PaceOf(feedsPerSecond: 0);

        // The clock stands still: whatever waits would wait for ever.
        for (var i = 0; i < 1_000; i++) await pace.WaitAsync(CancellationToken.None);
    }

    private ImportPace PaceOf(int feedsPerSecond) => new(Options.Create(new ImportOptions { FeedsPerSecond = feedsPerSecond }), _clock);
}
