using System.Diagnostics;
using System.Globalization;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Submitting;
using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>Sends one submission and stores what came of it.</summary>
internal sealed class Sender(OutboxStore store, Channel channel, WakeUp wakeUp, TimeProvider timeProvider, ILogger logger, AdaptiveLimit limit, GroupLoads loads, GroupRing ring)
{
    private readonly GroupBreakers _breakers = new();

    // A fault may have been stored by another process: the first success clears it.
    private volatile bool _mayBeFaulted = true;

    public async Task SendAsync(ClaimedSubmission claimed, CancellationToken cancellationToken)
    {
        var (facts, options) = (claimed.Facts, channel.Options);
        var protocol = new OutboxProtocol(options, store.Safeguards, new Delays(Random.Shared.NextDouble));
        store.Faults?.Reach(OutboxFaultPoints.AfterClaim);
        if (protocol.BeforeSend(facts) is { } exhausted)
        {
            await StoreAsync(exhausted, options);
            return;
        }

        var startedAt = Stopwatch.GetTimestamp();
        var result = await SubmitAsync(claimed.Submission, options, cancellationToken);
        store.Faults?.Reach(OutboxFaultPoints.AfterSubmit);
        OutboxMetrics.Submitted(channel.Name, result.GetType().Name, Stopwatch.GetElapsedTime(startedAt));
        var verdict = result is SubmitResult.Invalid && facts.ItemCount == 1 ? await store.JudgeRefusalAsync(facts, CancellationToken.None) : RefusalVerdict.Content;
        var change = protocol.AfterSubmit(facts, result, channel.Times.Estimate, verdict);
        await StoreAsync(change, options);
        store.Faults?.Reach(OutboxFaultPoints.AfterSave);
        await FollowAsync(claimed, result, change, verdict, options);
    }

    private async ValueTask<SubmitResult> SubmitAsync(Submission submission, ChannelOptions options, CancellationToken cancellationToken)
    {
        using var activity = StartActivity(submission);
        using var timeout = new CancellationTokenSource(options.AttemptTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var sent = store.Safeguards.HasPersistedKey
                ? submission
                : submission with { IdempotencyKey = Guid.CreateVersion7().ToString("D", CultureInfo.InvariantCulture) };
            return Check(submission, await channel.Submitter.SubmitAsync(sent, either.Token));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new SubmitResult.Unknown(new("timeout", null, string.Create(CultureInfo.InvariantCulture, $"No answer within {options.AttemptTimeout.TotalSeconds} s.")));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new SubmitResult.Unknown(new("stopped", null, "The process stopped before the answer came."));
        }
        catch (Exception fault)
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            return new SubmitResult.Unknown(Problem.Of(fault));
        }
    }

    private SubmitResult Check(Submission submission, SubmitResult result) => result switch
    {
        SubmitResult.Accepted when channel.Operations is null => new SubmitResult.ChannelFault(new(
            "no-operation-client", null, $"The target of channel '{channel.Name}' answers with operations, but nothing asks for them. Give AddChannel an operation client.")),
        // The operation is over where all members are refused: one that is named twice, or is no member, must not count as another that is at work.
        SubmitResult.Accepted { Rejected.Count: > 0 } accepted => accepted with { Rejected = OfMembers(submission, accepted.Rejected) },
        // What failed under a name that nobody sent would count as applied.
        SubmitResult.Completed completed when FindStranger(submission, completed.Items) is { } stranger => new SubmitResult.ChannelFault(new(
            "unknown-item", null, $"The target of channel '{channel.Name}' answered that item '{stranger}' failed, which was not sent. It must name each item by the itemId that it was sent with.")),
        _ => result,
    };

    private static string? FindStranger(Submission submission, IReadOnlyList<ItemResult> results)
    {
        var members = MembersOf(submission);
        return results.FirstOrDefault(result => result.Outcome is ItemOutcome.Failed && !members.Contains(result.ItemId))?.ItemId;
    }

    private static HashSet<string> MembersOf(Submission submission) => submission.Items.Select(static item => item.ItemId).ToHashSet(StringComparer.Ordinal);

    private static IReadOnlyList<ItemResult> OfMembers(Submission submission, IReadOnlyList<ItemResult> results)
    {
        var members = MembersOf(submission);
        return [.. results.Where(result => members.Contains(result.ItemId)).DistinctBy(static result => result.ItemId, StringComparer.Ordinal)];
    }

    private async ValueTask StoreAsync(SubmissionChange change, ChannelOptions options)
    {
        var settler = new SubmissionSettler(store, channel.Name, options.Ordering is Ordering.LatestWins);
        var stored = await settler.StoreAsync([change], OutboxFaultPoints.InsideSave, CancellationToken.None);
        stored.Report(channel.Name, [change], logger);
    }

    private async ValueTask FollowAsync(ClaimedSubmission claimed, SubmitResult result, SubmissionChange change, RefusalVerdict verdict, ChannelOptions options)
    {
        var (submission, outcome) = (claimed.Submission, result.GetType().Name);
        if (change.Problem is { } problem)
            logger.SubmissionTroubled(submission.Id, channel.Name, outcome, submission.Attempt, ProblemText.Of(problem)!);
        else
            logger.Submitted(submission.Items.Count, channel.Name, submission.Group, submission.Id, outcome);
        if (result is not (SubmitResult.Unknown { IsAtWork: false } or SubmitResult.NotAccepted))
            loads.Answered(submission.Group);
        switch (result)
        {
            case SubmitResult.ChannelFault fault:
                await StopChannelAsync(fault.Problem, options);
                return;
            case SubmitResult.Invalid invalid when verdict is RefusalVerdict.Channel:
                await StopChannelAsync(AllRefused(invalid.Problem), options);
                return;
            case SubmitResult.Invalid when change.To is SubmissionState.Sending || change.PartCount > 0:
                // No proof that the channel works: a fault that stands is cleared by what is accepted.
                OutboxMetrics.Retried(channel.Name, "content");
                _breakers.Answered(submission.Group);
                return;
            case SubmitResult.NotAccepted refused:
                await RefusedAsync(submission.Group, refused, change, options);
                return;
            case SubmitResult.Unknown { IsAtWork: true }:
                OutboxMetrics.Retried(channel.Name, "at-work");
                return;
            case SubmitResult.Unknown:
                OutboxMetrics.Retried(channel.Name, "unknown");
                loads.Unanswered(submission.Group);
                // One more of a group that is silent all the time says nothing of the others.
                if (!loads.IsSilent(submission.Group))
                    limit.Throttled();
                return;
            case SubmitResult.TooLarge:
                ring.TooLarge(claimed.Facts);
                return;
            case SubmitResult.KeyConflict conflict:
                logger.KeyConflict(channel.Name, submission.Id, ProblemText.Of(conflict.Problem)!);
                return;
        }

        if (result is SubmitResult.Accepted or SubmitResult.Completed)
            Taken(claimed);
        await SucceededAsync(submission.Group, options);
    }

    private void Taken(ClaimedSubmission claimed)
    {
        ring.Taken(claimed.Facts);
        // The attempt of a refusal is given back: a further one means that the outcome of the last was unknown.
        if (claimed.Submission.Attempt > 1)
            OutboxMetrics.Replayed(channel.Name);
    }

    private async ValueTask SucceededAsync(string group, ChannelOptions options)
    {
        limit.Succeeded(options.MaxConcurrency);
        OutboxMetrics.Limited(channel.Name, limit.Current(options.MaxConcurrency));
        _breakers.Answered(group);
        wakeUp.Wake(channel.PollerName);
        if (!_mayBeFaulted)
            return;
        _mayBeFaulted = false;
        if (await store.ClearFaultAsync(channel.Name, CancellationToken.None) > 0)
            logger.ChannelWorks(channel.Name);
    }

    private async ValueTask RefusedAsync(string group, SubmitResult.NotAccepted refused, SubmissionChange change, ChannelOptions options)
    {
        OutboxMetrics.Retried(channel.Name, "refused");
        OutboxMetrics.Throttled(channel.Name, change.DueIn ?? TimeSpan.Zero);
        if (refused.IsThrottled)
            limit.Throttled();
        var count = _breakers.Refused(group);
        if (count % options.BreakerThreshold != 0)
            return;
        var rest = refused.RetryAfter > options.BreakerRest ? refused.RetryAfter.Value : options.BreakerRest;
        await store.HoldGroupAsync(channel.Name, group, rest, CancellationToken.None);
        OutboxMetrics.BreakerOpened(channel.Name, group, rest);
        logger.BreakerOpened(group, channel.Name, rest.TotalSeconds, count);
    }

    private async ValueTask StopChannelAsync(Problem problem, ChannelOptions options)
    {
        _mayBeFaulted = true;
        await store.FaultAsync(channel.Name, problem, options.FaultRest, CancellationToken.None);
        OutboxMetrics.Faulted(channel.Name);
        logger.ChannelStopped(channel.Name, ProblemText.Of(problem)!);
    }

    private static Problem AllRefused(Problem last) => new(
        OutboxProtocol.AllRefused,
        "The target refuses all that it is sent for its content, one message at a time, and has accepted nothing since",
        $"Check its API, and what stands between (a proxy may strip headers). If it is the messages that are wrong after all, resume the channel: those that it refuses once more fail. Its last answer: {last}");

    // One span a submission, with links to the spans that made its messages: it has many parents.
    private static Activity? StartActivity(Submission submission)
    {
        if (!OutboxMetrics.Activities.HasListeners())
            return null;
        var links = new List<ActivityLink>();
        foreach (var parent in submission.Items.Select(static item => item.TraceParent).Distinct(StringComparer.Ordinal).Take(100))
        {
            if (ActivityContext.TryParse(parent, null, out var context))
                links.Add(new(context));
        }

        var activity = OutboxMetrics.Activities.StartActivity(
            $"submit {submission.Channel}", ActivityKind.Producer, parentContext: default, tags: null, links: links);
        activity?.SetTag("clutch.outbox.submission", submission.Id);
        activity?.SetTag("clutch.outbox.idempotency_key", submission.IdempotencyKey);
        return activity;
    }
}
