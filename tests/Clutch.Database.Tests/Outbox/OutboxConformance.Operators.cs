using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Running;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>What an operator does and sees, and what needs one.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task A_channel_fault_stops_the_channel_says_what_to_repair_and_burns_no_message()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency) = (10, 1));
        host.Target.Before = _ => new SubmitResult.ChannelFault(new("unauthorized", null, "The key of 'stock' was refused (401). Set a valid key.", 401));
        await host.EnqueueAsync(OutboxHost.Messages(100));

        var drain = await host.DrainAsync();

        Assert.Equal((DrainEnd.Faulted, "unauthorized"), (drain.End, drain.Fault!.Type));
        Assert.Single(host.Target.Requests);
        var statistics = await host.Admin.GetStatisticsAsync(OutboxHost.Channel, Never);
        Assert.Contains("Set a valid key", statistics.Fault!.Detail, StringComparison.Ordinal);
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_message WHERE attempts > 0"));

        host.Target.Before = null;
        await host.Admin.ResumeAsync(OutboxHost.Channel, null, Never);
        await host.PassAsync(TimeSpan.FromHours(2));
        await host.DrainAsync();
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 100 }, await host.CountsAsync());
        Assert.Null((await host.Admin.GetStatisticsAsync(OutboxHost.Channel, Never)).Fault);
        Assert.All(host.Target.Requests, request => Assert.Equal(1, request.Attempt));
    }

    [SkippableFact]
    public async Task Groups_take_turns_and_one_that_is_refused_rests_alone()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency, options.BreakerThreshold, options.BreakerRest) = (10, 1, 2, TimeSpan.FromHours(1)));
        host.Target.Before = submission => submission.Group == "down" ? new SubmitResult.NotAccepted(new("connection-refused")) : null;
        await host.EnqueueAsync(OutboxHost.Messages(200, "big"));
        await host.EnqueueAsync(OutboxHost.Messages(20, "small"));
        await host.EnqueueAsync(OutboxHost.Messages(20, "down"));
        using var stop = new CancellationTokenSource();

        var run = host.Runner.RunAsync(OutboxHost.Channel, stop.Token);
        while ((await host.CountsAsync()).GetValueOrDefault("SYNCED") < 220)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        var order = host.Target.Requests.Select(request => request.Group).ToList();
        Assert.True(order.LastIndexOf("small") < 10, $"The small group waited for the big one: {string.Join(' ', order)}");
        var groups = await host.Admin.ListGroupsAsync(OutboxHost.Channel, Never);
        Assert.NotNull(groups.Single(group => group.Group == "down").HeldUntil);
        Assert.Null(groups.Single(group => group.Group == "big").HeldUntil);
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_message WHERE status = 4"));
    }

    [SkippableFact]
    public async Task A_paused_channel_or_group_sends_nothing()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(5));
        await host.EnqueueAsync(OutboxHost.Messages(5, "bravo"));
        await host.Admin.PauseAsync(OutboxHost.Channel, "acme", Never);

        await host.DrainAsync();
        Assert.All(host.Target.Requests, request => Assert.Equal("bravo", request.Group));
        await host.Admin.PauseAsync(OutboxHost.Channel, null, Never);
        await host.Admin.ResumeAsync(OutboxHost.Channel, "acme", Never);
        Assert.Equal(DrainEnd.Paused, (await host.DrainAsync()).End);
        Assert.Single(host.Target.Requests);

        await host.Admin.ResumeAsync(OutboxHost.Channel, null, Never);
        await host.DrainAsync();
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 10 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task The_timeline_of_a_key_tells_all_that_happened_to_it()
    {
        var host = await OpenAsync(options => options.Ordering = Clutch.Outbox.Channels.Ordering.None);
        var answers = new Queue<SubmitResult?>([new SubmitResult.Unknown(new("reset", null, "The connection was reset.")), null]);
        host.Target.Before = _ => answers.TryDequeue(out var answer) ? answer : null;
        var isFirst = true;
        host.Target.Item = item =>
        {
            if (!isFirst)
                return null;
            isFirst = false;
            return new(item.ItemId, ItemOutcome.Failed) { IsRetryable = true, Problem = new("busy", null, "Locked by a stocktake.") };
        };
        await host.EnqueueAsync(OutboxHost.Message("a"));
        await host.DrainAsync();

        var timeline = await host.Admin.GetTimelineAsync(OutboxHost.Channel, "acme", "a", Never);

        var events = timeline.Select(entry => entry.Event).ToList();
        Assert.Equal("enqueued", events[0]);
        Assert.Equal("synced", events[^1]);
        Assert.Equal((2, 2, 2), (events.Count(name => name == "formed"), events.Count(name => name == "accepted"), events.Count(name => name == "attempt")));
        Assert.Contains(timeline, entry => entry.Detail?.Contains("was reset", StringComparison.Ordinal) is true);
        Assert.Contains(timeline, entry => entry.Detail?.Contains("stocktake", StringComparison.Ordinal) is true);
    }

    [SkippableFact]
    public async Task Statistics_and_failures_count_what_there_is()
    {
        var host = await OpenAsync(options => options.Retry.MaxAttempts = 1);
        host.Target.Item = item => item.Key switch
        {
            "sku-00001" => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") },
            "sku-00002" => new(item.ItemId, ItemOutcome.Failed) { IsRetryable = true, Problem = new("busy") },
            _ => null,
        };
        await host.EnqueueAsync(OutboxHost.Messages(5));
        await host.DrainAsync();
        await host.EnqueueAsync(OutboxHost.Message("later"));
        await host.PassAsync(TimeSpan.FromMinutes(10));

        var statistics = await host.Admin.GetStatisticsAsync(OutboxHost.Channel, Never);
        var backlog = await host.Admin.GetBacklogAsync(OutboxHost.Channel, Never);
        var failures = await host.Admin.ListFailuresAsync(OutboxHost.Channel, Never);

        Assert.Equal([MessageStatus.Pending, MessageStatus.Submitted, MessageStatus.Failed], backlog.Counts.Keys.Order());
        Assert.All(backlog.Counts, count => Assert.Equal(statistics.Counts[count.Key], count.Value));
        Assert.Equal(await host.CountsAsync(), statistics.Counts.Where(count => count.Value > 0).ToDictionary(count => count.Key.ToString().ToUpperInvariant(), count => count.Value));
        Assert.Equal((3L, 2L, 1L, 2L), (statistics.Counts[MessageStatus.Synced], statistics.Counts[MessageStatus.Failed], statistics.UnfinishedCount, statistics.UnacknowledgedCount));
        Assert.InRange(statistics.OldestPendingAge, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(12));
        Assert.Equal([(FailureKind.Permanent, "bad", 1L), (FailureKind.Exhausted, "busy", 1L)], failures.Select(failure => (failure.Kind, failure.ProblemType!, failure.Count)).Order());
        Assert.Equal(1, await host.Admin.CancelAsync(new() { Channel = OutboxHost.Channel, Key = "later" }, Never));
        Assert.Equal(FailureKind.Cancelled, (await host.FindAsync("later")).FailureKind);
    }

    [SkippableFact]
    public async Task Messages_that_failed_without_a_type_are_selected_alone()
    {
        var host = await OpenAsync();
        host.Target.Item = item => item.Key switch
        {
            "sku-00001" => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") },
            "sku-00002" => new(item.ItemId, ItemOutcome.Failed),
            _ => null,
        };
        await host.EnqueueAsync(OutboxHost.Messages(3));
        await host.DrainAsync();
        var filter = new MessageFilter { Channel = OutboxHost.Channel, FailureKind = FailureKind.Permanent, HasNoProblemType = true };

        Assert.Equal(["sku-00002"], (await host.Admin.ListMessagesAsync(filter, 0, 10, Never)).Select(message => message.Key));
        Assert.Equal(1, (await host.Admin.PreviewRedriveAsync(filter, Never)).MatchedCount);
        Assert.Equal(1, await host.Admin.AcknowledgeAsync(filter, Never));
        Assert.Equal(1, (await host.Admin.RedriveAsync(new() { CommandId = "one", Filter = filter, By = "anna" }, Never)).RedrivenCount);
        Assert.Equal("bad", Assert.Single(await host.Admin.ListFailuresAsync(OutboxHost.Channel, Never)).ProblemType);
    }

    [SkippableFact]
    public async Task A_submission_that_the_target_does_not_accept_counts_as_waiting()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(3));
        var claimed = (await host.ClaimAsync())!;
        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.NotAccepted(new("busy")), TimeSpan.Zero));
        await host.PassAsync(TimeSpan.FromMinutes(10));

        var statistics = await host.Admin.GetStatisticsAsync(OutboxHost.Channel, Never);

        Assert.InRange(statistics.OldestPendingAge, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(12));
        Assert.Equal((3L, 0L), (statistics.Counts[MessageStatus.Pending], statistics.Counts[MessageStatus.Submitted]));
    }

    [SkippableFact]
    public async Task A_cancelled_operation_ends_and_its_messages_are_sent_anew()
    {
        var host = await OpenAsync();
        host.Target.Finishes = false;
        await host.EnqueueAsync(OutboxHost.Messages(3));
        await host.Relay.DrainAsync(OutboxHost.Channel, Never);
        var submission = Assert.Single(await host.Admin.ListSubmissionsAsync(OutboxHost.Channel, 10, Never));

        Assert.True(await host.Admin.CancelOperationAsync(submission.Id, Never));
        host.Target.Finishes = true;
        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 3 }, await host.CountsAsync());
        Assert.Equal(2, host.Target.Requests.Count);
        Assert.False(await host.Admin.CancelOperationAsync(submission.Id, Never));
    }

    [SkippableFact]
    public async Task Wrong_messages_and_wrong_options_are_told_at_once()
    {
        var host = await OpenAsync();

        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => host.EnqueueAsync(OutboxHost.Message("a") with { Channel = "nowhere" }));
        await Assert.ThrowsAsync<ArgumentException>(() => host.EnqueueAsync(OutboxHost.Message("a", version: 0)));
        var options = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(async () =>
        {
            var wrong = await OpenAsync(options => (options.BatchSize, options.Poll.MaxDelay) = (0, TimeSpan.Zero));
            await wrong.EnqueueAsync(OutboxHost.Message("a"));
        });

        Assert.Contains("it has 'stock'", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(2, options.Failures.Count());
    }
}
