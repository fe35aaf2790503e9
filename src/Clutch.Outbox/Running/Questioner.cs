using System.Data.Common;
using System.Globalization;
using Clutch.Executions;
using Clutch.Http;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Http;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>Asks for a batch of operations and stores what came of them.</summary>
internal sealed class Questioner(OutboxStore store, Channel channel, WakeUp wakeUp, TimeProvider timeProvider, ILogger logger)
{
    // As many messages in one transaction: a longer one would hold the rows, and on SQLite the file, for too long.
    private const int MaxMessages = 5_000;
    private const int MaxNameLength = 100;

    private Problem? _toRepair;

    /// <summary>Asks and stores; answers what a person must repair before the target can be asked, or null.</summary>
    public async Task<Problem?> AskAsync(IReadOnlyList<ClaimedOperation> operations, CancellationToken cancellationToken)
    {
        var options = channel.Options;
        var protocol = new OutboxProtocol(options, store.Safeguards, new Delays(Random.Shared.NextDouble));
        var statuses = await GetStatusesAsync(operations, options, cancellationToken);
        store.Faults?.Reach(OutboxFaultPoints.AfterStatus);
        OutboxMetrics.Polled(channel.Name, operations.Count);
        var changes = new List<SubmissionChange>();
        var later = new List<NextQuestion>();
        // In one order, so that two pollers never wait for each other in a circle.
        foreach (var operation in operations.OrderBy(static operation => operation.Facts.Id))
        {
            var status = await CheckAsync(operation.Facts, statuses.GetValueOrDefault(operation.Operation), cancellationToken);
            var change = status is null ? protocol.AfterNoStatus(operation.Facts, waitsForRepair: _toRepair is not null) : protocol.AfterStatus(operation.Facts, status);
            Observe(operation.Facts, status, change);
            if (IsLater(change))
                later.Add(new(operation.Facts.Id, operation.Facts.Fence, (long)change.DueIn!.Value.TotalMilliseconds));
            else
                changes.Add(change);
        }

        if (later.Count > 0)
            await store.RescheduleAsync(later, CancellationToken.None);
        await StoreAsync(changes, options);
        return _toRepair;
    }

    private static bool IsLater(SubmissionChange change) => change.To == change.Facts.State && change.Problem is null && !change.TouchesMembers;

    private async ValueTask<Dictionary<OperationHandle, OperationStatus>> GetStatusesAsync(
        IReadOnlyList<ClaimedOperation> operations, ChannelOptions options, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Poll.Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var statuses = new Dictionary<OperationHandle, OperationStatus>();
        try
        {
            // A client that does not hear its token must not keep a process from stopping.
            var told = await channel.Operations!.GetStatusAsync(operations.Select(static operation => operation.Operation).ToArray(), either.Token).AsTask().WaitAsync(either.Token);
            Match(operations.Select(static operation => operation.Operation), told.ToLookup(static status => status.Operation.CorrelationId, StringComparer.Ordinal), statuses);
            ReportMissing(operations, statuses);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            _toRepair = fault is HttpFaultException { Kind: HttpFaultKind.ChannelFault } http ? ItemResults.ProblemOf(http.Fault) : null;
            logger.PollFailed(operations.Count, channel.Name, fault);
        }

        return statuses;
    }

    // A target that gives status URLs only may end them all alike, and their ids are those ends: then the whole handle counts.
    private static void Match(IEnumerable<OperationHandle> asked, ILookup<string, OperationStatus> told, Dictionary<OperationHandle, OperationStatus> statuses)
    {
        foreach (var handles in asked.Distinct().GroupBy(static handle => handle.CorrelationId, StringComparer.Ordinal))
        {
            var isUnique = handles.Count() == 1;
            foreach (var handle in handles)
            {
                if (told[handles.Key].LastOrDefault(status => isUnique || status.Operation == handle) is { } status)
                    statuses[handle] = status;
            }
        }
    }

    private void ReportMissing(IReadOnlyList<ClaimedOperation> operations, Dictionary<OperationHandle, OperationStatus> statuses)
    {
        var missing = operations.Select(static operation => operation.Operation).Where(operation => !statuses.ContainsKey(operation)).ToList();
        if (missing.Count > 0)
            logger.StatusMissing(missing.Count, channel.Name, missing[0].CorrelationId);
    }

    // What failed under a name that nobody sent would count as applied. Then no name can be trusted: what has no result is sent again, and the target's versions tell what it has.
    private async ValueTask<OperationStatus?> CheckAsync(SubmissionFacts facts, OperationStatus? status, CancellationToken cancellationToken)
    {
        if (status is not { IsDone: true } || await FindStrangerAsync(facts, status, cancellationToken) is not { } stranger)
            return status;
        var name = CleanText.Of(stranger, MaxNameLength);
        logger.StrangerFailed(channel.Name, name, facts.Id);
        return status with
        {
            State = status.State is OperationState.Succeeded ? OperationState.PartiallySucceeded : status.State,
            Items = [],
            Problem = status.Problem ?? new("unknown-item", null, $"The target answered that item '{name}' failed, which was not sent. It must name each item by the itemId that it was sent with."),
        };
    }

    private async ValueTask<string?> FindStrangerAsync(SubmissionFacts facts, OperationStatus status, CancellationToken cancellationToken)
    {
        var failed = status.Items.Where(static item => item.Outcome is ItemOutcome.Failed).Select(static item => item.ItemId ?? string.Empty).ToList();
        if (failed.Count == 0)
            return null;
        var members = await store.ListKnownMembersAsync(facts.Id, [.. failed.Select(NumberOf)], cancellationToken);
        return failed.Find(item => !members.Contains(NumberOf(item)));
    }

    // No message has the number 0.
    private static long NumberOf(string itemId) => long.TryParse(itemId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    private void Observe(SubmissionFacts facts, OperationStatus? status, SubmissionChange change)
    {
        if (status?.State is OperationState.Lost)
        {
            OutboxMetrics.StatusLost(channel.Name);
            logger.StatusLost(channel.Name, facts.Id);
        }

        if (status is { IsDone: true } && change.To is SubmissionState.Closed)
        {
            channel.Times.Add(facts.SinceAccepted);
            OutboxMetrics.OperationEnded(channel.Name, facts.SinceAccepted);
        }
    }

    private async ValueTask StoreAsync(List<SubmissionChange> changes, ChannelOptions options)
    {
        var settler = new SubmissionSettler(store, channel.Name, options.Ordering is Ordering.LatestWins);
        for (var i = 0; i < changes.Count;)
        {
            var part = Part(changes, i);
            await StoreAsync(settler, part);
            i += part.Count;
        }

        // What goes round again, and what waited behind a key, may be sent now.
        if (changes.Count > 0)
            wakeUp.Wake(channel.Name);
    }

    private async ValueTask StoreAsync(SubmissionSettler settler, List<SubmissionChange> part)
    {
        try
        {
            var stored = await settler.StoreAsync(part, OutboxFaultPoints.InsideSettle, CancellationToken.None);
            store.Faults?.Reach(OutboxFaultPoints.AfterSettle);
            stored.Report(channel.Name, part, logger);
        }
        catch (DbException fault) when (part.Count > 1 && !store.IsTransient(fault))
        {
            // One outcome that the database refuses must not cost the others theirs: they would be asked for, and refused, again and again.
            foreach (var change in part)
                await StoreAsync(settler, [change]);
        }
        catch (DbException fault) when (part.Count == 1 && !store.IsTransient(fault))
        {
            logger.OutcomeNotStored(part[0].Facts.Id, channel.Name, fault);
        }
    }

    private static List<SubmissionChange> Part(List<SubmissionChange> changes, int start)
    {
        var part = new List<SubmissionChange>();
        var messageCount = 0;
        for (var i = start; i < changes.Count && (part.Count == 0 || messageCount + changes[i].Facts.ItemCount <= MaxMessages); i++)
        {
            part.Add(changes[i]);
            messageCount += changes[i].Facts.ItemCount;
        }

        return part;
    }
}
