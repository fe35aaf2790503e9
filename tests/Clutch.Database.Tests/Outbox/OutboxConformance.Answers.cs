using Clutch.Database.Tests.Fixtures;
using Clutch.Http;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Running;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>Answers of a target that is careless, and what they must not cost.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task An_outcome_is_stored_whatever_text_the_target_gives_with_it()
    {
        var host = await OpenAsync();
        host.Target.Item = item => item.Key switch
        {
            "sku-00001" => new(item.ItemId, ItemOutcome.Failed) { Problem = new(null!, "No \0 type") },
            "sku-00002" => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad\0" + new string('x', 196) + "🦜🦜", new string('x', 1_998) + "🦜🦜") },
            _ => null,
        };
        await host.EnqueueAsync(OutboxHost.Messages(3));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 1, ["FAILED"] = 2 }, await host.CountsAsync());
        var (first, second) = (await host.FindAsync("sku-00001"), await host.FindAsync("sku-00002"));
        Assert.Equal(("unknown", "No \uFFFD type"), (first.ProblemType, first.ProblemDetail));
        Assert.Equal(("bad\uFFFD" + new string('x', 195) + "…", new string('x', 1_998) + "…"), (second.ProblemType, second.ProblemDetail));
    }

    [SkippableFact]
    public async Task An_outcome_that_cannot_be_stored_costs_the_others_nothing()
    {
        var host = await OpenAsync(options => options.BatchSize = 1);
        await host.EnqueueAsync(OutboxHost.Messages(3));
        await host.Relay.DrainAsync(OutboxHost.Channel, Never);
        // Of the first two only one can be stored.
        await host.Database.ExecuteAsync("CREATE UNIQUE INDEX refusing ON clutch_outbox_message (status) WHERE status = 3 AND key < 'sku-00003'");

        using var stop = new CancellationTokenSource();
        var running = host.Runner.RunAsync(OutboxHost.Channel, stop.Token);
        await WaitUntilAsync(async () => await host.StatusOfAsync("sku-00003") == "SYNCED");
        await stop.CancelAsync();
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2, ["SUBMITTED"] = 1 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task A_failure_under_an_id_that_was_not_sent_stops_the_channel_and_counts_for_nobody()
    {
        var host = await OpenAsync();
        host.Target.Before = _ => new SubmitResult.Completed([new("sku-00001", ItemOutcome.Failed) { Problem = new("bad") }]);
        await host.EnqueueAsync(OutboxHost.Messages(2));

        await host.DrainAsync();

        Assert.Equal(2, await host.Database.CountAsync("clutch_outbox_message WHERE status = 1"));
        Assert.Contains("'sku-00001'", (await host.Admin.GetStatisticsAsync(OutboxHost.Channel, Never)).Fault!.Detail, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("sku-00001")]
    public async Task An_operation_that_failed_an_item_under_an_id_that_was_not_sent_counts_for_nobody_and_is_sent_anew(string stranger)
    {
        var host = await OpenAsync();
        var failsOnce = 1;
        host.Target.Item = item => item.Key == "sku-00001" && Interlocked.Exchange(ref failsOnce, 0) == 1 ? new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") } : null;
        host.Target.Status = status => status.State is OperationState.PartiallySucceeded ? status with { State = OperationState.Succeeded, Items = [new(stranger, ItemOutcome.Failed)] } : status;
        await host.EnqueueAsync(OutboxHost.Messages(3));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 3 }, await host.CountsAsync());
        Assert.Equal(3, host.Target.Ledger.Count);
        Assert.Equal(2, host.Target.Requests.Select(request => request.IdempotencyKey).Distinct().Count());
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task An_expired_operation_that_failed_an_item_under_an_id_that_was_not_sent_counts_for_nobody()
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
        (host.Target.Finishes, host.Target.Status) = (true, status => status with { Items = [new("0", ItemOutcome.Failed)] });
        await host.PassAsync(TimeSpan.FromMinutes(1));
        await host.Poller.DrainAsync(OutboxHost.Channel, Never);

        Assert.Equal(new Dictionary<string, long> { ["FAILED"] = 2 }, await host.CountsAsync());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_operation_may_name_once_more_what_was_refused_when_it_was_accepted(bool isRetryable)
    {
        var host = await OpenAsync();
        var refused = new List<ItemResult>();
        host.Target.After = submission =>
        {
            if (refused.Count > 0)
                return null;
            refused.Add(new(submission.Items[0].ItemId, ItemOutcome.Failed) { Problem = new("no-such-sku"), IsRetryable = isRetryable });
            return new SubmitResult.Accepted(new("1")) { Rejected = refused };
        };
        host.Target.Status = status => status.Operation.CorrelationId == "1" && status.IsDone ? status with { State = OperationState.Succeeded, Items = refused } : status;
        await host.EnqueueAsync(OutboxHost.Messages(3));

        await host.DrainAsync();

        Assert.Equal(isRetryable ? "SYNCED" : "FAILED", await host.StatusOfAsync("sku-00001"));
        Assert.Equal("SYNCED", await host.StatusOfAsync("sku-00002"));
        Assert.Equal(isRetryable ? [3, 1] : [3], host.Target.Requests.Select(request => request.Items.Count));
    }

    [SkippableFact]
    public async Task Where_operations_cannot_be_asked_for_until_a_person_acts_a_drain_says_so_and_no_message_runs_out_of_time()
    {
        var host = await OpenAsync(options => (options.OperationDeadline, options.MaxRounds) = (TimeSpan.FromMinutes(1), 1));
        host.Target.Status = _ => throw new HttpFaultException(new() { Kind = HttpFaultKind.ChannelFault, StatusCode = 401, Address = "operations", Message = "Check the credentials." });
        await host.EnqueueAsync(OutboxHost.Messages(3));
        for (var day = 0; day < 3; day++)
        {
            var drain = await host.DrainAsync();
            Assert.Equal((DrainEnd.Faulted, "http-401"), (drain.End, drain.Fault!.Type));
            await host.PassAsync(TimeSpan.FromDays(1));
        }

        Assert.Equal(new Dictionary<string, long> { ["SUBMITTED"] = 3 }, await host.CountsAsync());
        host.Target.Status = null;

        Assert.Equal(DrainEnd.Idle, (await host.DrainAsync()).End);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 3 }, await host.CountsAsync());
        Assert.Single(host.Target.Requests);
    }

    [SkippableFact]
    public async Task Operations_whose_ids_are_alike_are_told_apart_by_their_status_urls()
    {
        var target = new AlikeOperations();
        await using var host = await OutboxHost.OpenAsync(Store, options => options.BatchSize = 1, other: (target, target));
        await host.EnqueueAsync(OutboxHost.Messages(4));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2, ["FAILED"] = 2 }, await host.CountsAsync());
        Assert.Equal("SYNCED", await host.StatusOfAsync("sku-00002"));
        Assert.Equal("FAILED", await host.StatusOfAsync("sku-00003"));
    }

    /// <summary>Every other operation fails, and all have the same id.</summary>
    private sealed class AlikeOperations : ISubmitter, IOperationClient
    {
        public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
            ValueTask.FromResult<SubmitResult>(new SubmitResult.Accepted(new("status", $"/operations/{submission.Items.Single().Key}/status")));

        public ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<OperationStatus>>([.. operations.Select(operation => new OperationStatus { Operation = operation, State = StateOf(operation), IsRetryable = false })]);

        public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        private static OperationState StateOf(OperationHandle operation) =>
            operation.StatusUrl!.Contains("sku-00001", StringComparison.Ordinal) || operation.StatusUrl.Contains("sku-00003", StringComparison.Ordinal) ? OperationState.Failed : OperationState.Succeeded;
    }

    [SkippableFact]
    public async Task One_large_message_makes_the_submissions_after_it_smaller_for_a_while_only()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency) = (4, 1));
        host.Target.Before = submission => submission.Items.Any(item => item.Key == "sku-00001") ? new SubmitResult.TooLarge(new("too-large", Status: 413)) : null;
        await host.EnqueueAsync(OutboxHost.Messages(84));

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 83, ["FAILED"] = 1 }, await host.CountsAsync());
        var sizes = host.Target.Requests.Select(request => request.Items.Count).ToArray();
        // The two of the half with the large one go alone; the others in twos until the target has taken enough of them.
        Assert.Equal(2, sizes.Count(size => size == 1));
        Assert.Contains(4, sizes[1..]);
    }

    [SkippableFact]
    public async Task Items_refused_twice_or_never_sent_leave_the_others_at_work()
    {
        var host = await OpenAsync();
        var fate = (SubmissionItem item) => new ItemResult(item.ItemId, ItemOutcome.Failed) { Problem = new("no-such-sku") };
        host.Target.After = submission => new SubmitResult.Accepted(new("1"))
        {
            Rejected = [fate(submission.Items[0]), fate(submission.Items[0]), fate(submission.Items[0] with { MessageId = 999_999 })],
        };
        await host.EnqueueAsync(OutboxHost.Messages(3));

        await host.Relay.DrainAsync(OutboxHost.Channel, Never);

        Assert.Equal(new Dictionary<string, long> { ["SUBMITTED"] = 2, ["FAILED"] = 1 }, await host.CountsAsync());
        Assert.Equal(FailureKind.Permanent, (await host.FindAsync("sku-00001")).FailureKind);
    }
}
