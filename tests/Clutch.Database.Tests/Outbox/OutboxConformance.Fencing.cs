using System.Data.Common;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>What must never happen.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task Who_lost_the_lease_stores_nothing()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var zombie = (await host.ClaimAsync("zombie"))!;
        await host.PassAsync(TimeSpan.FromMinutes(5));
        var taken = (await host.ClaimDueAsync("alive"))!;
        await host.StoreAsync(host.Protocol.AfterSubmit(taken.Facts, new SubmitResult.Completed([]), TimeSpan.Zero));

        foreach (var result in new SubmitResult[] { Accepted, new SubmitResult.Unknown(new("x")), new SubmitResult.Invalid(new("x")), new SubmitResult.NotAccepted(new("x")) })
            Assert.False(await host.StoreAsync(host.Protocol.AfterSubmit(zombie.Facts, result, TimeSpan.Zero)));

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2 }, await host.CountsAsync());
        Assert.Empty(await host.Store.RenewAsync([new(zombie.Facts.Id, zombie.Facts.Fence)], TimeSpan.FromMinutes(1), "zombie", Never));
    }

    [SkippableFact]
    public async Task Without_the_fence_a_zombie_would_open_it_again()
    {
        var host = await OpenAsync(more: outbox => outbox.UseSafeguards(new() { HasFence = false }));
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var zombie = (await host.ClaimAsync("zombie"))!;
        await host.PassAsync(TimeSpan.FromMinutes(5));
        var taken = (await host.ClaimDueAsync("alive"))!;
        await host.StoreAsync(host.Protocol.AfterSubmit(taken.Facts, new SubmitResult.Completed([]), TimeSpan.Zero));

        Assert.True(await host.StoreAsync(host.Protocol.AfterSubmit(zombie.Facts, new SubmitResult.Unknown(new("x")), TimeSpan.Zero)));
        Assert.Equal(1, await host.Database.CountAsync("clutch_outbox_submission WHERE state = 0"));
    }

    [SkippableFact]
    public async Task A_poller_that_lost_the_lease_settles_nothing()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var claimed = (await host.ClaimAsync())!;
        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, Accepted, TimeSpan.Zero));
        await host.PassAsync(TimeSpan.FromMinutes(1));
        var zombie = Assert.Single(await host.ClaimOperationsAsync("zombie"));
        await host.PassAsync(TimeSpan.FromMinutes(5));
        var taken = Assert.Single(await host.ClaimOperationsAsync("alive"));
        var failed = new OperationStatus { Operation = zombie.Operation, State = OperationState.Failed, IsRetryable = false };

        Assert.False(await host.StoreAsync(host.Protocol.AfterStatus(zombie.Facts, failed)));
        Assert.Equal(0, await host.Store.RescheduleAsync([new(zombie.Facts.Id, zombie.Facts.Fence, 5)], Never));
        Assert.True(await host.StoreAsync(host.Protocol.AfterStatus(taken.Facts, failed with { State = OperationState.Succeeded })));

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task The_lease_of_an_operation_is_renewed_while_it_is_asked_for()
    {
        var target = new FakeTarget();
        var questions = new SlowQuestions(target);
        var host = await OutboxHost.OpenAsync(Store, options => options.LeaseDuration = TimeSpan.FromSeconds(3), other: (target, questions));
        _hosts.Add(host);
        await host.EnqueueAsync(OutboxHost.Message("a"));
        async Task<(long DueAt, long Fence)> LeaseAsync() =>
            (await host.Database.ListAsync("SELECT due_at, fence FROM clutch_outbox_submission", row => (Milliseconds(row.GetValue(0)), row.GetInt64(1)))).Single();

        var drain = host.DrainAsync();
        await questions.Asked;
        var first = await LeaseAsync();
        var renewed = first;
        await WaitUntilAsync(async () => (renewed = await LeaseAsync()).DueAt > first.DueAt);
        questions.Answer();
        await drain;

        // The same one: had it run out, the next claim would have raised its fence.
        Assert.Equal(first.Fence, renewed.Fence);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 1 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task An_end_is_an_end()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var claimed = (await host.ClaimAsync())!;
        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.Completed([]), TimeSpan.Zero));
        var ended = claimed.Facts with { State = SubmissionState.Closed };

        // Even with the right fence: nothing that was settled is a member any more.
        await host.StoreAsync(new()
        {
            Facts = ended,
            To = SubmissionState.Closed,
            Attempts = 1,
            Rounds = 0,
            Rest = new(MessageState.Pending),
            Items = [new(claimed.Submission.Items[0].MessageId, new(MessageState.Pending))],
        });

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2 }, await host.CountsAsync());
        Assert.Equal(0, await host.Admin.CancelAsync(new() { Channel = OutboxHost.Channel }, Never));
        Assert.Equal(0, (await host.Admin.RedriveAsync(new() { CommandId = "x", By = "ops", Filter = new() { Channel = OutboxHost.Channel } }, Never)).MatchedCount);
    }

    [SkippableTheory]
    [InlineData("UPDATE clutch_outbox_message SET status = 1 WHERE submission_id IS NULL")]
    [InlineData("UPDATE clutch_outbox_message SET status = 4, completed_at = created_at")]
    [InlineData("UPDATE clutch_outbox_message SET status = 3")]
    [InlineData("INSERT INTO clutch_outbox_submission (channel, group_name, idempotency_key, state, fence, attempts, base_attempts, item_count, created_at) SELECT channel, group_name, 'k', 1, 1, 1, 0, 1, created_at FROM clutch_outbox_message")]
    [InlineData("INSERT INTO clutch_outbox_submission (channel, group_name, state, fence, due_at, attempts, base_attempts, item_count, created_at) SELECT channel, group_name, 0, 1, created_at, 1, 0, 1, created_at FROM clutch_outbox_message")]
    public async Task The_tables_themselves_refuse_what_cannot_be(string sql)
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Message("a"));

        await Assert.ThrowsAnyAsync<DbException>(() => host.Database.ExecuteAsync(sql));
    }

    [SkippableFact]
    public async Task Claims_of_many_relays_never_overlap()
    {
        var host = await OpenAsync(options => options.BatchSize = 25);
        await host.EnqueueAsync(OutboxHost.Messages(1_000));

        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(relay => Task.Run(async () =>
        {
            var ids = new List<long>();
            var misses = 0;
            while (misses < 3)
            {
                if (await host.ClaimAsync($"relay-{relay}") is { } claimed)
                    ids.AddRange(claimed.Submission.Items.Select(item => item.MessageId));
                else
                    misses++;
            }

            return ids;
        })));

        Assert.Equal(1_000, claims.Sum(ids => ids.Count));
        Assert.Equal(1_000, claims.SelectMany(ids => ids).Distinct().Count());
    }

    [SkippableFact]
    public async Task Relays_and_pollers_side_by_side_stay_exact_under_trouble()
    {
        var random = new Random(20261124);
        var host = await OpenAsync(options => (options.BatchSize, options.Ordering) = (20, Clutch.Outbox.Channels.Ordering.None));
        var target = host.Target;
        target.Before = _ => Chance(0.1) ? new SubmitResult.Unknown(new("lost before")) : Chance(0.1) ? new SubmitResult.NotAccepted(new("busy")) { IsThrottled = true } : null;
        target.After = _ => Chance(0.1) ? new SubmitResult.Unknown(new("lost after")) : null;
        var failures = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        target.Item = item => Chance(0.02) && failures.TryAdd(item.ItemId, true) ? new(item.ItemId, ItemOutcome.Failed) { IsRetryable = true } : null;
        await host.EnqueueAsync(OutboxHost.Messages(500));
        await host.EnqueueAsync(OutboxHost.Messages(500, "bravo"));
        for (var version = 2; version <= 4; version++)
            await host.EnqueueAsync([.. Enumerable.Range(1, 100).Select(number => OutboxHost.Message($"sku-{number:D5}", version))]);

        await Task.WhenAll(host.DrainAsync(), host.DrainAsync(), host.DrainAsync());

        var counts = await host.CountsAsync();
        Assert.Equal(1_300, counts.Values.Sum());
        Assert.Equal(1_300, counts.GetValueOrDefault("SYNCED") + counts.GetValueOrDefault("SUPERSEDED"));
        Assert.All(Enumerable.Range(1, 100), number => Assert.Equal(4, target.VersionOf("acme", $"sku-{number:D5}")));
        target.AssertExact();

        bool Chance(double probability)
        {
            lock (random)
                return random.NextDouble() < probability;
        }
    }

    /// <summary>Asks a target, and answers once it is told to.</summary>
    private sealed class SlowQuestions(IOperationClient target) : IOperationClient
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromMinutes(1));

        public void Answer() => _answer.TrySetResult();

        public async ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await _answer.Task.WaitAsync(cancellationToken);
            return await target.GetStatusAsync(operations, cancellationToken);
        }

        public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken) => target.CancelAsync(operation, cancellationToken);
    }
}
