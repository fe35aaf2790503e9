using Clutch.Outbox.Submitting;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>Somebody who is told of alerts.</summary>
internal interface IAlertTarget
{
    string Name { get; }

    /// <summary><c>webhook</c>, <c>slack</c> or <c>mail</c>.</summary>
    string Kind { get; }

    /// <summary>Sends one message. An answer "not now" costs no try.</summary>
    /// <param name="message">The message; its body is an <see cref="Client.Wire.AlertNotice"/>.</param>
    /// <param name="key">The same each time this message is sent.</param>
    /// <param name="cancellationToken">Cancels the sending.</param>
    ValueTask<SubmitResult> SendAsync(SubmissionItem message, string key, CancellationToken cancellationToken);
}
