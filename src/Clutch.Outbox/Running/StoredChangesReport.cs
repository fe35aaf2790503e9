using Clutch.Outbox.Administration;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>Tells metrics and log what was stored.</summary>
internal static class StoredChangesReport
{
    public static void Report(this StoredChanges stored, string channel, IReadOnlyList<SubmissionChange> changes, ILogger logger)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (stored.Held[i])
                continue;
            OutboxMetrics.FenceRejected(channel);
            logger.FenceRejected(changes[i].Facts.Id, channel);
        }

        foreach (var age in stored.Ages)
            OutboxMetrics.EndedAfter(channel, age);
        foreach (var fates in stored.Settled.GroupBy(static entry => (entry.Fate.To, entry.Fate.Kind, entry.Fate.Problem?.Type)))
            Report(channel, fates.First().Fate, fates.Sum(static entry => entry.Count), logger);
    }

    /// <summary>Tells what became of so many messages.</summary>
    public static void Report(string channel, MemberFate fate, int count, ILogger logger)
    {
        if (fate.To is MessageState.Pending)
        {
            OutboxMetrics.Retried(channel, "item");
            return;
        }

        OutboxMetrics.MessagesEnded(channel, fate.To.ToString(), count);
        if (fate.To is not MessageState.Failed || count == 0)
            return;
        OutboxMetrics.Died(channel, fate.Kind ?? FailureKind.Permanent, count);
        logger.MessagesFailed(count, channel, (fate.Kind ?? FailureKind.Permanent).ToString(), ProblemText.Of(fate.Problem) ?? "no reason given");
    }
}
