using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>T1 to T14, each step by step.</summary>
public abstract partial class OutboxConformance
{
    private static SubmitResult Accepted => new SubmitResult.Accepted(new("op-1", "/operations/op-1"));

    [SkippableFact]
    public async Task T1_a_second_message_of_a_version_is_ignored()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Message("a"));

        var second = await host.EnqueueAsync(OutboxHost.Message("a"), OutboxHost.Message("b"));

        Assert.Equal(new EnqueueResult(1, 1, 0), second);
        Assert.Equal(2, await host.Database.CountAsync("clutch_outbox_body"));
    }

    [SkippableFact]
    public async Task T2_a_claim_stores_key_members_and_lease_before_anything_is_sent()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(3));

        var claimed = (await host.ClaimAsync())!;

        var stored = Assert.Single(await host.Admin.ListSubmissionsAsync(OutboxHost.Channel, 10, Never));
        Assert.Equal(claimed.Submission.IdempotencyKey, stored.IdempotencyKey);
        Assert.Equal((3, 1, "one"), (stored.ItemCount, stored.AttemptCount, stored.Owner));
        Assert.Equal(3, await host.Database.CountAsync("clutch_outbox_message WHERE status = 1 AND submission_id IS NOT NULL"));
        Assert.Equal("PENDING", await host.StatusOfAsync("sku-00001"));
        Assert.Null(await host.ClaimAsync("two"));
        Assert.Null(await host.ClaimDueAsync("two"));
    }

    [SkippableFact]
    public async Task T2_a_claim_is_cut_at_its_bytes_and_carries_one_message_at_least()
    {
        var host = await OpenAsync(options => options.MaxBatchBytes = 30);
        await host.EnqueueAsync(OutboxHost.Message("a"), OutboxHost.Message("b"), OutboxHost.Message("c"));

        var first = (await host.ClaimAsync())!;

        Assert.Equal(2, first.Submission.Items.Count);
        Assert.Equal("""{"sku":"a"}""", System.Text.Encoding.UTF8.GetString(first.Submission.Items[0].Body.Span));
    }

    [SkippableFact]
    public async Task T3_acceptance_writes_one_row_and_not_the_members()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(3));
        var claimed = (await host.ClaimAsync())!;

        Assert.True(await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, Accepted, TimeSpan.Zero)));

        Assert.Equal(new Dictionary<string, long> { ["SUBMITTED"] = 3 }, await host.CountsAsync());
        Assert.Equal("op-1", (await host.FindAsync("sku-00001")).CorrelationId);
        Assert.Equal(3, await host.Database.CountAsync("clutch_outbox_message WHERE status = 1"));
    }

    [SkippableFact]
    public async Task T3_items_refused_at_once_fail_and_the_rest_goes_on()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(3));
        var claimed = (await host.ClaimAsync())!;
        var refused = new ItemResult(claimed.Submission.Items[1].ItemId, ItemOutcome.Failed) { Problem = new("no-such-sku") };

        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.Accepted(new("op-1")) { Rejected = [refused] }, TimeSpan.Zero));

        Assert.Equal(new Dictionary<string, long> { ["SUBMITTED"] = 2, ["FAILED"] = 1 }, await host.CountsAsync());
        // Sent again under its key it would carry other bytes: after a loss its members go into a new submission.
        await host.PassAsync(TimeSpan.FromMinutes(1));
        var operation = Assert.Single(await host.ClaimOperationsAsync());
        await host.StoreAsync(host.Protocol.AfterStatus(operation.Facts, new() { Operation = operation.Operation, State = OperationState.Lost }));
        Assert.Null(await host.ClaimDueAsync());
        Assert.NotEqual(claimed.Submission.IdempotencyKey, (await host.ClaimAsync())!.Submission.IdempotencyKey);
    }

    [SkippableFact]
    public async Task T4_results_at_once_settle_item_by_item()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(4));
        var claimed = (await host.ClaimAsync())!;
        var items = claimed.Submission.Items;

        await host.StoreAsync(host.Protocol.AfterSubmit(
            claimed.Facts,
            new SubmitResult.Completed([
                new(items[0].ItemId, ItemOutcome.Applied),
                new(items[1].ItemId, ItemOutcome.Superseded),
                new(items[2].ItemId, ItemOutcome.Failed) { IsRetryable = true, Problem = new("busy") },
                new(items[3].ItemId, ItemOutcome.Failed) { Problem = new("bad") }]),
            TimeSpan.Zero));

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 1, ["SUPERSEDED"] = 1, ["PENDING"] = 1, ["FAILED"] = 1 }, await host.CountsAsync());
        var failed = await host.FindAsync("sku-00004");
        Assert.Equal((FailureKind.Permanent, "bad"), (failed.FailureKind!.Value, failed.ProblemType));
    }

    [SkippableFact]
    public async Task T5_a_refusal_costs_no_attempt_and_keeps_the_submission()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var claimed = (await host.ClaimAsync())!;
        for (var i = 0; i < 20; i++)
        {
            await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.NotAccepted(new("busy")) { RetryAfter = TimeSpan.FromMinutes(1) }, TimeSpan.Zero));
            Assert.Null(await host.ClaimDueAsync());
            await host.PassAsync(TimeSpan.FromMinutes(2));
            var again = (await host.ClaimDueAsync())!;
            Assert.Equal(claimed.Submission.IdempotencyKey, again.Submission.IdempotencyKey);
            Assert.Equal(1, again.Facts.Attempts);
            claimed = again;
        }
    }

    [SkippableFact]
    public async Task T6_a_target_that_is_at_work_for_ever_is_waited_for_until_the_deadline()
    {
        var host = await OpenAsync(options => options.OperationDeadline = TimeSpan.FromMinutes(1));
        host.Target.Before = _ => new SubmitResult.Unknown(new("at-work", Status: 409)) { IsAtWork = true, RetryAfter = TimeSpan.FromSeconds(50) };
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var claimed = (await host.ClaimAsync())!;
        for (var wait = 0; wait < 2; wait++)
        {
            await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, host.Target.Before(claimed.Submission)!, TimeSpan.Zero));
            Assert.Null(await host.ClaimDueAsync());
            await host.PassAsync(TimeSpan.FromSeconds(50));
            claimed = (await host.ClaimDueAsync())!;
            Assert.Equal(1, claimed.Facts.Attempts);
        }

        for (var attempt = 1; attempt <= host.Options.Retry.MaxAttempts; attempt++)
        {
            Assert.Equal(attempt, claimed?.Facts.Attempts);
            await host.StoreAsync(host.Protocol.AfterSubmit(claimed!.Facts, host.Target.Before(claimed.Submission)!, TimeSpan.Zero));
            await host.PassAsync(TimeSpan.FromSeconds(50));
            claimed = await host.ClaimDueAsync();
        }

        Assert.Null(claimed);
        Assert.Equal(FailureKind.Exhausted, (await host.FindAsync("sku-00001")).FailureKind);
    }

    [SkippableFact]
    public async Task T6_an_unknown_outcome_sends_the_same_request_again_until_the_attempts_are_used_up()
    {
        var host = await OpenAsync(options => options.Retry.MaxAttempts = 3);
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var claimed = (await host.ClaimAsync())!;
        var first = claimed.Submission;
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, claimed.Facts.Attempts);
            Assert.Equal(first.IdempotencyKey, claimed.Submission.IdempotencyKey);
            Assert.Equal(first.Items.Select(item => item.ItemId), claimed.Submission.Items.Select(item => item.ItemId));
            await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.Unknown(new("reset")), TimeSpan.Zero));
            // A newer message does not join it: the request is frozen.
            await host.EnqueueAsync(OutboxHost.Message($"later-{attempt}"));
            await host.PassAsync(TimeSpan.FromMinutes(1));
            claimed = (await host.ClaimDueAsync())!;
        }

        Assert.Null(claimed);
        Assert.Equal(FailureKind.Exhausted, (await host.FindAsync("sku-00001")).FailureKind);
        Assert.Equal(3, (await host.FindAsync("sku-00001")).AttemptCount);
    }

    [SkippableFact]
    public async Task T8_only_the_failed_items_go_into_a_new_submission_with_a_new_key()
    {
        var host = await OpenAsync();
        var failing = true;
        host.Target.Item = item => failing && item.Key is "sku-00003" or "sku-00007" ? new(item.ItemId, ItemOutcome.Failed) { IsRetryable = true, Problem = new("busy") } : null;
        host.Target.Status = status =>
        {
            failing = false;
            return status;
        };
        await host.EnqueueAsync(OutboxHost.Messages(10));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 10 }, await host.CountsAsync());
        var requests = host.Target.Requests.ToArray();
        Assert.Equal([10, 2], requests.Select(request => request.Items.Count));
        Assert.NotEqual(requests[0].IdempotencyKey, requests[1].IdempotencyKey);
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task T9_attempts_are_counted_over_all_submissions_of_a_message()
    {
        var host = await OpenAsync(options => options.Retry.MaxAttempts = 4);
        host.Target.Item = item => item.Key == "sku-00002" ? new(item.ItemId, ItemOutcome.Failed) { IsRetryable = true, Problem = new("busy") } : null;
        await host.EnqueueAsync(OutboxHost.Messages(3));

        await host.DrainAsync();

        var failed = await host.FindAsync("sku-00002");
        Assert.Equal((FailureKind.Exhausted, 4, "busy"), (failed.FailureKind!.Value, failed.AttemptCount, failed.ProblemType));
        Assert.Equal(4, host.Target.Requests.Count);
    }

    [SkippableFact]
    public async Task T9_a_poisoned_request_is_bisected_until_the_bad_item_is_alone()
    {
        var host = await OpenAsync(options => options.BatchSize = 64);
        host.Target.Before = submission => submission.Items.Any(item => item.Key == "sku-00037") ? new SubmitResult.Invalid(new("bad-payload", Status: 422)) : null;
        await host.EnqueueAsync(OutboxHost.Messages(64));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 63, ["FAILED"] = 1 }, await host.CountsAsync());
        Assert.Equal((FailureKind.Permanent, "bad-payload"), ((await host.FindAsync("sku-00037")).FailureKind!.Value, (await host.FindAsync("sku-00037")).ProblemType));
        // 2 log2(64) beyond the first.
        Assert.True(host.Target.Requests.Count <= 13, $"{host.Target.Requests.Count} requests for one bad item.");
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task T9_a_request_that_is_too_large_is_halved_and_the_size_remembered()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency) = (64, 1));
        host.Target.Before = submission => submission.Items.Count > 16 ? new SubmitResult.TooLarge(new("too-large", Status: 413)) : null;
        await host.EnqueueAsync(OutboxHost.Messages(256));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 256 }, await host.CountsAsync());
        Assert.True(host.Target.Requests.Count(request => request.Items.Count > 16) <= 4, "It went on sending what is too large.");
    }

    [SkippableFact]
    public async Task T10_a_forgotten_operation_is_sent_again_with_its_key_and_applied_once()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(5));
        await host.Relay.DrainAsync(OutboxHost.Channel, Never);
        host.Target.Forget();

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 5 }, await host.CountsAsync());
        Assert.Equal(2, host.Target.Requests.Count);
        Assert.Single(host.Target.Requests.Select(request => request.IdempotencyKey).Distinct());
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task T10_an_operation_that_never_ends_is_sent_again_and_expires_after_its_rounds()
    {
        var host = await OpenAsync(options => (options.OperationDeadline, options.MaxRounds) = (TimeSpan.FromMinutes(1), 3));
        host.Target.Finishes = false;
        await host.EnqueueAsync(OutboxHost.Messages(5));
        for (var round = 0; round <= 3; round++)
        {
            await host.Relay.DrainAsync(OutboxHost.Channel, Never);
            await host.PassAsync(TimeSpan.FromMinutes(2));
            await PollOnceAsync(host);
        }

        Assert.Equal(FailureKind.Expired, (await host.FindAsync("sku-00001")).FailureKind);
        Assert.Equal(4, host.Target.Requests.Count);
        Assert.Equal(1, host.Target.OperationCount);
    }

    [SkippableFact]
    public async Task T13_a_late_success_of_an_expired_operation_counts()
    {
        var host = await OpenAsync(options => (options.OperationDeadline, options.MaxRounds) = (TimeSpan.FromMinutes(1), 1));
        host.Target.Finishes = false;
        await host.EnqueueAsync(OutboxHost.Messages(2));
        for (var round = 0; round <= 1; round++)
        {
            await host.Relay.DrainAsync(OutboxHost.Channel, Never);
            await host.PassAsync(TimeSpan.FromMinutes(2));
            await PollOnceAsync(host);
        }

        Assert.Equal(new Dictionary<string, long> { ["FAILED"] = 2 }, await host.CountsAsync());
        host.Target.Finishes = true;
        await host.PassAsync(TimeSpan.FromMinutes(1));
        await PollOnceAsync(host);

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task T13_of_a_late_success_what_failed_stays_failed_and_nobody_asks_again()
    {
        var host = await OpenAsync(options => (options.OperationDeadline, options.MaxRounds) = (TimeSpan.FromMinutes(1), 1));
        host.Target.Finishes = false;
        await host.EnqueueAsync(OutboxHost.Messages(3));
        for (var round = 0; round <= 1; round++)
        {
            await host.Relay.DrainAsync(OutboxHost.Channel, Never);
            await host.PassAsync(TimeSpan.FromMinutes(2));
            await PollOnceAsync(host);
        }

        // It calls itself succeeded, and yet some of its items failed.
        host.Target.Item = item => item.Key switch
        {
            "sku-00002" => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") },
            "sku-00003" => new(item.ItemId, ItemOutcome.Failed) { IsRetryable = true, Problem = new("busy") },
            _ => null,
        };
        host.Target.Status = status => status with { State = OperationState.Succeeded };
        host.Target.Finishes = true;
        await host.PassAsync(TimeSpan.FromMinutes(1));
        await PollOnceAsync(host);

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 1, ["FAILED"] = 2 }, await host.CountsAsync());
        await host.PassAsync(TimeSpan.FromDays(1));
        Assert.Empty(await host.ClaimOperationsAsync());
    }

    [SkippableFact]
    public async Task T11_a_redrive_gives_fresh_attempts_and_passes_over_what_is_outdated()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.None);
        host.Target.Item = item => item.Version == 1 ? new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") } : null;
        await host.EnqueueAsync(OutboxHost.Messages(3));
        await host.DrainAsync();
        await host.EnqueueAsync(OutboxHost.Message("sku-00001", version: 2));
        await host.DrainAsync();
        host.Target.Item = null;
        var filter = new MessageFilter { Channel = OutboxHost.Channel, ProblemType = "bad" };
        var redrive = new Redrive { CommandId = "again", Filter = filter, By = "ops" };

        var preview = await host.Admin.PreviewRedriveAsync(filter, Never);
        var done = await host.Admin.RedriveAsync(redrive, Never);
        var repeated = await host.Admin.RedriveAsync(redrive, Never);
        await host.DrainAsync();

        Assert.Equal(new RedriveResult(3, 2, 1), preview);
        Assert.Equal(preview, done);
        Assert.Equal(done, repeated);
        Assert.Equal("SUPERSEDED", await host.StatusOfAsync("sku-00001"));
        Assert.Equal(("SYNCED", 1), (await host.StatusOfAsync("sku-00002"), (await host.FindAsync("sku-00002")).RedriveCount));
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task T11_of_several_failed_versions_only_the_newest_is_sent_again_where_the_latest_wins()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.LatestWins);
        host.Target.Item = item => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") };
        foreach (var version in (long[])[1, 2])
        {
            await host.EnqueueAsync(OutboxHost.Message("a", version));
            await host.DrainAsync();
        }

        host.Target.Item = null;
        var redrive = new Redrive { CommandId = "again", Filter = new() { Channel = OutboxHost.Channel }, By = "ops" };

        var preview = await host.Admin.PreviewRedriveAsync(redrive.Filter, Never);
        var done = await host.Admin.RedriveAsync(redrive, Never);
        await host.DrainAsync();

        Assert.Equal(new RedriveResult(2, 1, 1), preview);
        Assert.Equal(preview, done);
        Assert.Equal(("SUPERSEDED", "SYNCED"), (await host.StatusOfAsync("a"), await host.StatusOfAsync("a", 2)));
    }

    [SkippableFact]
    public async Task T11_a_message_that_had_expired_is_sent_again_without_its_expiry()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Message("late") with { ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1) });
        await host.PassAsync(TimeSpan.FromHours(2));
        await host.Sweeper.SweepAsync(OutboxHost.Channel, Never);

        await host.Admin.RedriveAsync(new() { CommandId = "late", Filter = new() { Channel = OutboxHost.Channel }, By = "ops" }, Never);
        await host.DrainAsync();

        Assert.Equal("SYNCED", await host.StatusOfAsync("late"));
    }

    [SkippableFact]
    public async Task T12_a_newer_version_supersedes_an_older_one_that_nobody_has_claimed()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.LatestWins);
        await host.EnqueueAsync(OutboxHost.Message("a"), OutboxHost.Message("b"));

        var result = await host.EnqueueAsync(OutboxHost.Message("a", 2), OutboxHost.Message("a", 3));

        Assert.Equal(new EnqueueResult(2, 0, 2), result);
        await host.DrainAsync();
        Assert.Equal([("acme", "a", 3L), ("acme", "b", 1L)], host.Target.Ledger.Order());
        Assert.Equal(("SUPERSEDED", "SUPERSEDED", "SYNCED"), (await host.StatusOfAsync("a"), await host.StatusOfAsync("a", 2), await host.StatusOfAsync("a", 3)));
    }

    [SkippableFact]
    public async Task T12_a_claimed_version_is_sent_and_one_that_fails_gives_way_to_the_newer()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.LatestWins);
        await host.EnqueueAsync(OutboxHost.Message("a"));
        var claimed = (await host.ClaimAsync())!;
        await host.EnqueueAsync(OutboxHost.Message("a", 2));
        Assert.Equal("PENDING", await host.StatusOfAsync("a"));
        var failed = new ItemResult(claimed.Submission.Items[0].ItemId, ItemOutcome.Failed) { IsRetryable = true };

        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.Completed([failed]), TimeSpan.Zero));

        Assert.Equal("SUPERSEDED", await host.StatusOfAsync("a"));
    }

    [SkippableFact]
    public async Task T14_retention_deletes_what_is_done_with_its_payload_and_failures_only_once_acknowledged()
    {
        var host = await OpenAsync(options => options.Retention.BatchSize = 3);
        host.Target.Item = item => item.Key == "sku-00005" ? new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") } : null;
        await host.EnqueueAsync(OutboxHost.Messages(10));
        await host.DrainAsync();
        Assert.Equal(0, await host.Sweeper.SweepAsync(OutboxHost.Channel, Never));
        await host.PassAsync(TimeSpan.FromDays(100));

        Assert.Equal(9, await host.Sweeper.SweepAsync(OutboxHost.Channel, Never));
        Assert.Equal(new Dictionary<string, long> { ["FAILED"] = 1 }, await host.CountsAsync());
        Assert.Equal(1, await host.Admin.AcknowledgeAsync(new() { Channel = OutboxHost.Channel }, Never));
        Assert.Equal(1, await host.Sweeper.SweepAsync(OutboxHost.Channel, Never));
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_body"));
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_submission"));
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_attempt"));
    }

    [SkippableFact]
    public async Task A_message_that_was_not_sent_in_time_fails_as_expired()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Message("late") with { ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1) });
        await host.PassAsync(TimeSpan.FromHours(2));

        Assert.Null(await host.ClaimAsync());
        await host.Sweeper.SweepAsync(OutboxHost.Channel, Never);

        Assert.Equal(FailureKind.Expired, (await host.FindAsync("late")).FailureKind);
    }

    [SkippableFact]
    public async Task In_order_an_elder_that_was_not_sent_in_time_holds_nobody_up()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.PerKey);
        await host.EnqueueAsync(OutboxHost.Message("one") with { ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1) });
        await host.PassAsync(TimeSpan.FromHours(2));
        await host.EnqueueAsync(OutboxHost.Message("one", version: 2));

        await host.DrainAsync();

        Assert.Equal("SYNCED", await host.StatusOfAsync("one", version: 2));
        Assert.NotEqual("SYNCED", await host.StatusOfAsync("one"));
    }

    [SkippableFact]
    public async Task In_order_a_version_waits_until_its_elders_have_ended()
    {
        var host = await OpenAsync(options => options.Ordering = Ordering.PerKey);
        await host.EnqueueAsync(OutboxHost.Message("a"), OutboxHost.Message("a", 2), OutboxHost.Message("b"));

        var first = (await host.ClaimAsync())!;

        Assert.Equal([("a", 1L), ("b", 1L)], first.Submission.Items.Select(item => (item.Key, item.Version)));
        Assert.Null(await host.ClaimAsync("two"));
        await host.StoreAsync(host.Protocol.AfterSubmit(first.Facts, new SubmitResult.Completed([]), TimeSpan.Zero));
        Assert.Equal([("a", 2L)], (await host.ClaimAsync("two"))!.Submission.Items.Select(item => (item.Key, item.Version)));
    }

    private static async Task PollOnceAsync(OutboxHost host)
    {
        var operations = await host.ClaimOperationsAsync();
        var statuses = await host.Target.GetStatusAsync([.. operations.Select(operation => operation.Operation)], Never);
        foreach (var operation in operations)
            await host.StoreAsync(host.Protocol.AfterStatus(operation.Facts, statuses.Single(status => status.Operation.CorrelationId == operation.Operation.CorrelationId)));
    }
}
