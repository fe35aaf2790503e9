using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>People who get a mail over SMTP, one for all of them.</summary>
internal sealed class MailTarget(MailOptions options) : IAlertTarget
{
    private const int MaxSubjectLength = 150;

    public string Name => options.Name;

    public string Kind => "mail";

    public async ValueTask<SubmitResult> SendAsync(SubmissionItem message, string key, CancellationToken cancellationToken)
    {
        var notice = JsonSerializer.Deserialize(message.Body.Span, WireJson.Default.AlertNotice)!;
        using var mail = Write(notice, message, key);
        using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.UseTls, DeliveryFormat = SmtpDeliveryFormat.SevenBit };
        if (options.User is { } user)
            client.Credentials = new NetworkCredential(user, options.Password);
        try
        {
            await client.SendMailAsync(mail, cancellationToken);
            return new SubmitResult.Completed([]);
        }
        catch (SmtpFailedRecipientException fault) when (RefusedOf(fault) is var refused && refused.Count < mail.To.Count)
        {
            // SmtpClient throws this after it has sent: another try would tell the others again.
            return new SubmitResult.Completed([new(message.ItemId, ItemOutcome.Failed) { Problem = new("smtp", null, $"Not taken for {string.Join(", ", refused)}; the others have it.") }]);
        }
        catch (SmtpException fault) when (SocketFaultOf(fault) is { } socket && IsUnreachable(socket.SocketErrorCode))
        {
            return new SubmitResult.NotAccepted(new("unreachable", null, $"The mail server cannot be reached: {socket.SocketErrorCode}."));
        }
        catch (SmtpException fault)
        {
            // Whether full, busy, or never: a person may mend it, so it is tried again.
            return HttpAnswers.Refused(message.ItemId, new("smtp", null, $"The mail server did not take the message: {fault.StatusCode}."));
        }
    }

    private MailMessage Write(AlertNotice notice, SubmissionItem message, string key)
    {
        var mail = new MailMessage
        {
            From = new(options.From),
            Subject = SubjectOf(notice.Title),
            SubjectEncoding = Encoding.UTF8,
            Body = AlertNotices.TextOf(notice),
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = TransferEncoding.QuotedPrintable,
        };
        foreach (var to in options.To)
            mail.To.Add(new MailAddress(to));
        // RFC 5322, 3.6.4: who gets the same message twice can tell; messages of one incident stay together.
        mail.Headers.Add("Message-ID", $"<{key}@{mail.From.Host}>");
        mail.Headers.Add("References", $"<clutch-{message.Key}@{mail.From.Host}>");
        // RFC 3834, 5: nobody answers it by machine.
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        return mail;
    }

    // A line break would begin another header.
    private static string SubjectOf(string title) => $"[Clutch] {CleanText.Of(title.ReplaceLineEndings(" "), MaxSubjectLength)}";

    // One for each address that the mail server refused, in the angle brackets of RFC 5321, 4.1.2.
    private static IReadOnlyList<string> RefusedOf(SmtpFailedRecipientException fault)
    {
        SmtpFailedRecipientException[] refused = fault is SmtpFailedRecipientsException several ? several.InnerExceptions : [fault];
        return [.. refused.Select(one => $"'{one.FailedRecipient?.Trim('<', '>')}'")];
    }

    private static bool IsUnreachable(SocketError error) => error is SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.TryAgain
        or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.TimedOut;

    private static SocketException? SocketFaultOf(Exception? fault) => fault switch
    {
        null => null,
        SocketException socket => socket,
        _ => SocketFaultOf(fault.InnerException),
    };
}
