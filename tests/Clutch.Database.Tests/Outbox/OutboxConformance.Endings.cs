using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>How messages end is seen, and kept for as long as somebody may ask.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task What_ends_without_being_sent_is_counted_and_has_its_line_in_the_history()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Message("late") with { ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1) }, OutboxHost.Message("unwanted"));
        await host.PassAsync(TimeSpan.FromHours(2));
        using var ended = new EndedMessages();

        await host.Sweeper.SweepAsync(OutboxHost.Channel, Never);
        Assert.Equal(1, await host.Admin.CancelAsync(new() { Channel = OutboxHost.Channel, Key = "unwanted" }, Never));

        Assert.Equal(2, ended.CountOf("clutch.outbox.ended", "Failed"));
        Assert.Equal((1, 1), (ended.CountOf("clutch.outbox.dead", "Expired"), ended.CountOf("clutch.outbox.dead", "Cancelled")));
        var attempts = await host.Database.ListAsync(
            "SELECT attempt.problem_type, message.key FROM clutch_outbox_attempt AS attempt JOIN clutch_outbox_message AS message ON message.id = attempt.message_id ORDER BY attempt.id",
            row => (row.GetString(0), row.GetString(1)));
        Assert.Equal([("not-sent-in-time", "late"), ("cancelled", "unwanted")], attempts);
        // Sent again, its history still tells.
        await host.Admin.RedriveAsync(new() { CommandId = "again", Filter = new() { Channel = OutboxHost.Channel, Key = "late" }, By = "ops" }, Never);
        var timeline = await host.Admin.GetTimelineAsync(OutboxHost.Channel, "acme", "late", Never);
        Assert.Equal(["enqueued", "attempt"], timeline.Select(entry => entry.Event));
        Assert.Null(timeline[1].SubmissionId);
    }

    [SkippableFact]
    public async Task What_is_superseded_before_it_is_sent_counts_as_ended()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.LatestWins);
        using var ended = new EndedMessages();
        await host.EnqueueAsync(OutboxHost.Message("a"));
        await host.EnqueueAsync(OutboxHost.Message("a", 2));
        Assert.Equal(1, ended.CountOf("clutch.outbox.ended", "Superseded"));

        await host.Admin.CancelAsync(new() { Channel = OutboxHost.Channel }, Never);
        await host.EnqueueAsync(OutboxHost.Message("a", 3));
        var redrive = new Redrive { CommandId = "again", Filter = new() { Channel = OutboxHost.Channel }, By = "ops" };
        await host.Admin.RedriveAsync(redrive, Never);
        await host.Admin.RedriveAsync(redrive, Never);

        Assert.Equal(2, ended.CountOf("clutch.outbox.ended", "Superseded"));
    }

    [SkippableFact]
    public async Task T4_a_target_that_answers_at_once_has_accepted_at_that_time()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(3));
        var claimed = (await host.ClaimAsync())!;

        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.Completed([]), TimeSpan.Zero));

        Assert.Equal(3, await host.Database.CountAsync("clutch_outbox WHERE status = 'SYNCED' AND submitted_at = completed_at OR submitted_at < completed_at"));
    }

    [SkippableFact]
    public async Task T14_a_failed_message_keeps_its_submission_until_it_is_acknowledged()
    {
        var host = await OpenAsync(options => options.Retention.BatchSize = 1);
        host.Target.Item = item => item.Key == "a" ? new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") } : null;
        await host.EnqueueAsync(OutboxHost.Message("a"));
        await host.DrainAsync();
        await host.EnqueueAsync(OutboxHost.Message("b"));
        await host.DrainAsync();
        await host.PassAsync(TimeSpan.FromDays(200));

        await host.Sweeper.SweepAsync(OutboxHost.Channel, Never);

        Assert.Equal("1", (await host.FindAsync("a")).CorrelationId);
        Assert.Contains("accepted", (await host.Admin.GetTimelineAsync(OutboxHost.Channel, "acme", "a", Never)).Select(entry => entry.Event));
        Assert.Equal(1, await host.Database.CountAsync("clutch_outbox_submission"));
        await host.Admin.AcknowledgeAsync(new() { Channel = OutboxHost.Channel }, Never);
        await host.Sweeper.SweepAsync(OutboxHost.Channel, Never);
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_submission"));
    }

    [SkippableFact]
    public async Task The_sweeper_pauses_after_each_full_batch_for_as_long_as_it_took()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(10));
        await host.DrainAsync();
        await host.PassAsync(TimeSpan.FromDays(8));
        var clock = new SecondsClock();
        var sweeping = await OutboxHost.OpenAsync(Store, options => options.Retention.BatchSize = 3, clock: clock);
        _hosts.Add(sweeping);

        Assert.Equal(10, await sweeping.Sweeper.SweepAsync(OutboxHost.Channel, Never));

        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)], clock.Waits);
    }

    [SkippableFact]
    public async Task A_command_that_is_given_again_with_another_filter_is_refused()
    {
        var host = await OpenAsync();
        host.Target.Item = item => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") };
        await host.EnqueueAsync(OutboxHost.Messages(2));
        await host.DrainAsync();
        var redrive = new Redrive { CommandId = "again", Filter = new() { Channel = OutboxHost.Channel, Key = "sku-00001" }, By = "ops" };
        await host.Admin.RedriveAsync(redrive, Never);

        var fault = await Assert.ThrowsAsync<ArgumentException>(async () => await host.Admin.RedriveAsync(redrive with { Filter = redrive.Filter with { Key = "sku-00002" } }, Never));

        Assert.Contains("sku-00001", fault.Message, StringComparison.Ordinal);
        Assert.Equal("FAILED", await host.StatusOfAsync("sku-00002"));
        Assert.Equal(1, (await host.Admin.RedriveAsync(redrive with { Filter = redrive.Filter with { Status = MessageStatus.Failed } }, Never)).RedrivenCount);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_stopped_poller_was_asking_for_is_another_ones_at_once(bool hearsItsToken)
    {
        var target = new FakeTarget();
        var questions = new EndlessQuestions(hearsItsToken);
        var host = await OutboxHost.OpenAsync(Store, other: (target, questions));
        _hosts.Add(host);
        await host.EnqueueAsync(OutboxHost.Messages(2));
        await host.Relay.DrainAsync(OutboxHost.Channel, Never);
        using var stop = new CancellationTokenSource();

        var polling = host.Poller.RunAsync(OutboxHost.Channel, stop.Token);
        await questions.Asked;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling.WaitAsync(TimeSpan.FromMinutes(1)));

        var operation = Assert.Single(await host.ClaimOperationsAsync("another"));
        Assert.Equal(0, operation.Facts.PollCount);
    }

    /// <summary>Never answers.</summary>
    private sealed class EndlessQuestions(bool hearsItsToken) : IOperationClient
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromMinutes(1));

        public async ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, hearsItsToken ? cancellationToken : CancellationToken.None);
            return [];
        }

        public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    /// <summary>A second passes with each look at the clock; waits end at once.</summary>
    private sealed class SecondsClock : TimeProvider
    {
        private readonly ConcurrentQueue<TimeSpan> _waits = new();
        private long _seconds;

        public IReadOnlyCollection<TimeSpan> Waits => _waits;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref _seconds);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _waits.Enqueue(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>Counts messages that ended within the test that made it.</summary>
    private sealed class EndedMessages : IDisposable
    {
        private readonly AsyncLocal<EndedMessages?> _mine = new();
        private readonly ConcurrentDictionary<(string Instrument, string Value), long> _counts = new();
        private readonly MeterListener _listener = new();

        public EndedMessages()
        {
            // Others run beside this one, in the same channel of databases of their own.
            _mine.Value = this;
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name is "clutch.outbox.ended" or "clutch.outbox.dead")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
            {
                if (_mine.Value == this)
                    _counts.AddOrUpdate((instrument.Name, (string)tags[1].Value!), count, (_, before) => before + count);
            });
            _listener.Start();
        }

        public long CountOf(string instrument, string value) => _counts.GetValueOrDefault((instrument, value));

        public void Dispose() => _listener.Dispose();
    }
}
