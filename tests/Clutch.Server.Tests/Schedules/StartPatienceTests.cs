using Clutch.Scheduling.Hosting;
using Clutch.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Quartz.Impl.AdoJobStore;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A node that starts while others hold the cluster's lock.</summary>
public sealed class StartPatienceTests
{
    private readonly ManualClock _clock = new();
    private int _attempts;

    private static LockException Busy => new("Failure obtaining db row lock", new NpgsqlException("Exception while reading from stream", new TimeoutException()));

    [Fact]
    public async Task A_lock_that_others_hold_is_waited_for()
    {
        var start = RunAsync(() => _attempts < 4 ? Busy : null);

        await PassAsync(start);

        await start;
        Assert.Equal(4, _attempts);
    }

    [Fact]
    public async Task After_two_minutes_the_fault_is_told()
    {
        var began = _clock.GetUtcNow();
        var start = RunAsync(() => Busy);

        await PassAsync(start);

        await Assert.ThrowsAsync<LockException>(() => start);
        Assert.InRange(_attempts, 2, 245);
        Assert.InRange(_clock.GetUtcNow() - began, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task A_table_that_is_missing_is_told_at_once()
    {
        var missing = new LockException("Failure obtaining db row lock", new PostgresException("relation \"qrtz_locks\" does not exist", "ERROR", "ERROR", "42P01"));

        await Assert.ThrowsAsync<LockException>(() => RunAsync(() => missing));

        Assert.Equal(1, _attempts);
    }

    private Task RunAsync(Func<Exception?> fault) => new StartPatience(_clock, NullLogger.Instance).RunAsync(
        () =>
        {
            _attempts++;
            return fault() is { } thrown ? Task.FromException(thrown) : Task.CompletedTask;
        },
        CancellationToken.None);

    private async Task PassAsync(Task start)
    {
        while (!start.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
