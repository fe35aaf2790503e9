using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>Sends a message of the outbox to the target it is for.</summary>
internal sealed class AlertSubmitter(AlertTargets targets) : ISubmitter
{
    public async ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        var message = submission.Items[0];
        return targets.Find(submission.Group) is { } target
            ? await target.SendAsync(message, submission.IdempotencyKey, cancellationToken)
            : new SubmitResult.Completed([new(message.ItemId, ItemOutcome.Failed) { Problem = new("no-target", null, $"The options have no target '{submission.Group}' any more.") }]);
    }
}
