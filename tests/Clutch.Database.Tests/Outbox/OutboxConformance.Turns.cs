using System.Collections.Concurrent;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>Groups take turns: what one of them meets holds back no other.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task A_group_whose_requests_hang_holds_back_no_other()
    {
        var target = new TurnTarget { Answer = HangAsync };
        await using var host = await OpenAsync(target, options => (options.AttemptTimeout, options.Retry.MaxAttempts) = (TimeSpan.FromMilliseconds(100), 20));
        await host.EnqueueAsync(OutboxHost.Messages(12, "hanging"));
        using var stop = new CancellationTokenSource();
        var running = host.Relay.RunAsync(OutboxHost.Channel, stop.Token);
        // Each has been tried, so that all of them are due again and again.
        await WaitUntilAsync(() => Task.FromResult(target.Requests.Count > 24));

        await host.EnqueueAsync(OutboxHost.Message("sku", group: "working"));
        await WaitUntilAsync(async () => await host.StatusOfAsync("sku") == "SYNCED");

        Assert.Equal(new Dictionary<string, long> { ["PENDING"] = 12, ["SYNCED"] = 1 }, await host.CountsAsync());
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        static async ValueTask<SubmitResult> HangAsync(Submission submission, CancellationToken cancellationToken)
        {
            if (submission.Group == "hanging")
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return new SubmitResult.Completed([]);
        }
    }

    [SkippableFact]
    public async Task What_is_due_again_takes_turns_between_groups()
    {
        var target = new TurnTarget { Answer = AnswerAsync };
        await using var host = await OpenAsync(
            target, options => (options.MaxConcurrency, options.Retry.MaxAttempts, options.Retry.FirstDelay, options.Retry.MaxDelay) = (1, 100, TimeSpan.Zero, TimeSpan.Zero));
        await host.EnqueueAsync(OutboxHost.Messages(12, "failing"));
        using var stop = new CancellationTokenSource();
        var running = host.Relay.RunAsync(OutboxHost.Channel, stop.Token);
        await WaitUntilAsync(() => Task.FromResult(target.Requests.Count > 24));

        await host.EnqueueAsync(OutboxHost.Message("sku", group: "working"));
        await WaitUntilAsync(async () => await host.StatusOfAsync("sku") == "SYNCED");

        Assert.Equal(new Dictionary<string, long> { ["PENDING"] = 12, ["SYNCED"] = 1 }, await host.CountsAsync());
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var groups = target.Requests.Select(request => request.Group).ToList();
        // Far fewer than the twelve that were due before.
        Assert.InRange(groups.LastIndexOf("working") - groups.IndexOf("working"), 1, 5);

        static async ValueTask<SubmitResult> AnswerAsync(Submission submission, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            return submission is { Group: "working", Attempt: > 1 } ? new SubmitResult.Completed([]) : new SubmitResult.Unknown(new("reset"));
        }
    }

    [SkippableFact]
    public async Task A_group_that_always_has_more_lets_one_in_that_comes_later()
    {
        var target = new TurnTarget();
        await using var host = await OpenAsync(target, options => (options.MaxConcurrency, options.IdleInterval) = (1, TimeSpan.FromMilliseconds(1)));
        target.Answer = AnswerAsync;
        await host.EnqueueAsync(OutboxHost.Messages(200, "busy"));

        await host.DrainAsync();

        Assert.Equal(201, target.Requests.Count);
        Assert.NotEqual("late", target.Requests.Last().Group);

        async ValueTask<SubmitResult> AnswerAsync(Submission submission, CancellationToken cancellationToken)
        {
            if (target.Requests.Count == 1)
                await host.EnqueueAsync(OutboxHost.Message("sku", group: "late"));
            return new SubmitResult.Completed([]);
        }
    }

    private Task<OutboxHost> OpenAsync(TurnTarget target, Action<ChannelOptions> configure) => OutboxHost.OpenAsync(
        Store,
        options =>
        {
            options.BatchSize = 1;
            configure(options);
        },
        other: (target, new FakeTarget()));

    private sealed class TurnTarget : ISubmitter
    {
        public Func<Submission, CancellationToken, ValueTask<SubmitResult>> Answer { get; set; } = (_, _) => ValueTask.FromResult<SubmitResult>(new SubmitResult.Completed([]));

        public ConcurrentQueue<Submission> Requests { get; } = new();

        public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
        {
            Requests.Enqueue(submission);
            return Answer(submission, cancellationToken);
        }
    }
}
