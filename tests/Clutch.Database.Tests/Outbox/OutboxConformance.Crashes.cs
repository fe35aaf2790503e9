using System.Diagnostics.Metrics;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Faults;

namespace Clutch.Database.Tests.Outbox;

/// <summary>Work that breaks off, sleeps or is stopped, wherever: everything ends as if nothing had.</summary>
public abstract partial class OutboxConformance
{
    [SkippableTheory]
    [InlineData(OutboxFaultPoints.AfterClaim)]
    [InlineData(OutboxFaultPoints.AfterSubmit)]
    [InlineData(OutboxFaultPoints.InsideSave)]
    [InlineData(OutboxFaultPoints.AfterSave)]
    [InlineData(OutboxFaultPoints.AfterStatus)]
    [InlineData(OutboxFaultPoints.InsideSettle)]
    [InlineData(OutboxFaultPoints.AfterSettle)]
    public async Task Work_that_breaks_off_at_a_point_is_done_after_its_lease(string point)
    {
        var faults = PointFaults.ThrowAt(point);
        var host = await OpenAsync(options => options.BatchSize = 10, faults);
        await host.EnqueueAsync(OutboxHost.Messages(50));

        var drain = host.DrainAsync();
        await faults.Reached;
        while (!drain.IsCompleted)
        {
            await host.PassAsync(TimeSpan.FromMinutes(1));
            await Task.WhenAny(drain, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
        }

        await drain;
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 50 }, await host.CountsAsync());
        // Not always five: a claim passes over rows that the passing of time has locked.
        Assert.Equal(await host.Database.CountAsync("clutch_outbox_submission"), host.Target.OperationCount);
        host.Target.AssertExact();
    }

    [SkippableTheory]
    [InlineData(OutboxFaultPoints.AfterClaim)]
    [InlineData(OutboxFaultPoints.AfterSubmit)]
    [InlineData(OutboxFaultPoints.AfterStatus)]
    public async Task K14_a_holder_that_slept_through_its_lease_stores_nothing(string point)
    {
        using var gate = new ManualResetEventSlim();
        using var rejections = new FenceRejections();
        var faults = new PointFaults(point, () => gate.Wait(TimeSpan.FromMinutes(1)));
        var sleeper = await OpenAsync(faults: faults);
        var other = await OpenAsync(target: sleeper.Target);
        await sleeper.EnqueueAsync(OutboxHost.Messages(20));

        var sleeping = sleeper.DrainAsync();
        await faults.Reached;
        await sleeper.PassAsync(TimeSpan.FromMinutes(5));
        await other.DrainAsync();
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 20 }, await other.CountsAsync());
        gate.Set();
        await sleeping;

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 20 }, await other.CountsAsync());
        Assert.Equal(1, sleeper.Target.OperationCount);
        Assert.True(rejections.Count > 0, "Nothing was rejected, so nothing was proved.");
        sleeper.Target.AssertExact();
    }

    [SkippableFact]
    public async Task A_redrive_that_breaks_off_goes_on_with_the_same_command_at_its_rate()
    {
        var faults = PointFaults.ThrowAt(OutboxFaultPoints.InsideRedrive);
        var host = await OpenAsync(faults: faults);
        host.Target.Item = item => new(item.ItemId, Clutch.Outbox.Operations.ItemOutcome.Failed) { Problem = new("bad") };
        await host.EnqueueAsync(OutboxHost.Messages(25));
        await host.DrainAsync();
        host.Target.Item = null;
        var redrive = new Redrive { CommandId = "monday", By = "ops", Filter = new() { Channel = OutboxHost.Channel }, RatePerSecond = 10 };

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.Admin.RedriveAsync(redrive, Never));
        Assert.Equal(new Dictionary<string, long> { ["FAILED"] = 25 }, await host.CountsAsync());
        Assert.Equal(new RedriveResult(25, 25, 0), await host.Admin.RedriveAsync(redrive, Never));
        Assert.Equal(new RedriveResult(25, 25, 0), await host.Admin.RedriveAsync(redrive, Never));

        var due = await host.Database.ListAsync("SELECT next_attempt_at FROM clutch_outbox_message ORDER BY next_attempt_at", row => Milliseconds(row.GetValue(0)));
        Assert.Equal([10, 10, 5], due.GroupBy(at => (at - due[0]) / 1_000).Select(second => second.Count()));
        await host.PassAsync(TimeSpan.FromMinutes(1));
        await host.DrainAsync();
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 25 }, await host.CountsAsync());
        host.Target.AssertExact();
    }

    private static long Milliseconds(object at) => at is DateTime time ? time.Ticks / TimeSpan.TicksPerMillisecond : (long)at;

    [SkippableFact]
    public async Task Retention_that_breaks_off_leaves_no_payload_without_its_message()
    {
        var faults = PointFaults.ThrowAt(OutboxFaultPoints.InsideRetention);
        var host = await OpenAsync(options => options.Retention.BatchSize = 4, faults);
        await host.EnqueueAsync(OutboxHost.Messages(10));
        await host.DrainAsync();
        await host.PassAsync(TimeSpan.FromDays(8));

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Sweeper.SweepAsync(OutboxHost.Channel, Never));
        Assert.Equal(await host.Database.CountAsync("clutch_outbox_message"), await host.Database.CountAsync("clutch_outbox_body"));
        await host.Sweeper.SweepAsync(OutboxHost.Channel, Never);

        Assert.Equal((0, 0), (await host.Database.CountAsync("clutch_outbox_message"), await host.Database.CountAsync("clutch_outbox_body")));
    }

    [SkippableFact]
    public async Task K20_a_stop_lets_what_is_under_way_end_and_leaves_nothing_half_done()
    {
        using var stop = new CancellationTokenSource();
        var host = await OpenAsync(options => options.BatchSize = 10);
        await host.EnqueueAsync(OutboxHost.Messages(100));
        host.Target.After = _ =>
        {
            stop.Cancel();
            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Runner.RunAsync(OutboxHost.Channel, stop.Token));

        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_submission WHERE state = 0 AND owner IS NOT NULL"));
        host.Target.After = null;
        await host.PassAsync(TimeSpan.FromMinutes(1));
        await host.DrainAsync();
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 100 }, await host.CountsAsync());
        host.Target.AssertExact();
    }

    /// <summary>Counts steps that a fence refused.</summary>
    private sealed class FenceRejections : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public FenceRejections()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "clutch.outbox.fence.rejected")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _count, count));
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
