using System.Globalization;
using Clutch.Server.Dashboard;
using Clutch.Server.Live;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Open pages that fetch themselves again share what they show.</summary>
public sealed class SharedModelTests
{
    [Fact]
    public async Task Fifty_pages_that_fetch_again_ask_once()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var shared = server.Services.GetRequiredService<SharedModels>();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var askedCount = 0;

        var pages = Enumerable.Range(0, 50).Select(_ => shared.GetAsync("/jobs", MakeAsync)).ToList();
        var other = shared.GetAsync("/executions", MakeAsync);
        released.SetResult();

        Assert.All(await Task.WhenAll(pages), model => Assert.Equal("1", model));
        Assert.Equal("2", await other);

        async Task<string> MakeAsync(CancellationToken cancellationToken)
        {
            var number = Interlocked.Increment(ref askedCount);
            await released.Task;
            return number.ToString(CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task A_fault_is_told_to_those_who_waited_and_the_next_one_asks_again()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var shared = server.Services.GetRequiredService<SharedModels>();

        await Assert.ThrowsAsync<IOException>(() => shared.GetAsync<string>("/jobs", _ => throw new IOException("The disk is away.")));

        Assert.Equal("here again", await shared.GetAsync("/jobs", _ => Task.FromResult("here again")));
    }

    [Fact]
    public async Task What_was_asked_for_before_a_change_is_not_shown_after_it()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var hub = server.Services.GetRequiredService<LiveHub>();
        // A clock that stands still: nothing ever gets too old.
        var shared = new SharedModels(hub, new StoppedClock(TimeProvider.System.GetUtcNow()));
        using var watch = hub.Watch(executionId: null, lastEventId: null);
        await shared.GetAsync("/jobs", _ => Task.FromResult("before"));
        Assert.Equal("before", await shared.GetAsync("/jobs", _ => Task.FromResult("too early")));

        await server.Services.GetRequiredService<Launching.JobLauncher>().LaunchAsync("waiting", new Dictionary<string, string>());
        await Schedules.Poll.UntilAsync(() => Task.FromResult(hub.ChangedAt), changedAt => changedAt > DateTimeOffset.MinValue);

        Assert.Equal("after", await shared.GetAsync("/jobs", _ => Task.FromResult("after")));
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
