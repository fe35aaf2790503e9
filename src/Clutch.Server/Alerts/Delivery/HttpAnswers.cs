using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Clutch.Outbox;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>Sends a request of a target and says what its answer means. The address is a secret: no problem tells it.</summary>
internal static class HttpAnswers
{
    public static async ValueTask<SubmitResult> SendAsync(HttpClient http, HttpRequestMessage request, string item, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return Of(response, item);
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            // Nothing reached the target.
            var error = fault.InnerException is SocketException socket ? socket.SocketErrorCode.ToString() : fault.HttpRequestError.ToString();
            return new SubmitResult.NotAccepted(new("unreachable", null, $"The target cannot be reached: {error}."));
        }
        catch (OperationCanceledException fault) when (fault.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // ConnectTimeout of SocketsHttpHandler: nothing was sent yet.
            return new SubmitResult.NotAccepted(new("unreachable", null, "The target cannot be reached: no connection within the connect time-out."));
        }
        catch (HttpRequestException fault)
        {
            return new SubmitResult.Unknown(new("connection", null, $"The connection to the target broke: {fault.HttpRequestError}."));
        }
    }

    /// <summary>It was not delivered and is tried again, up to the channel's number of tries.</summary>
    public static SubmitResult Refused(string item, Problem problem) =>
        new SubmitResult.Completed([new(item, ItemOutcome.Failed) { IsRetryable = true, Problem = problem }]);

    private static SubmitResult Of(HttpResponseMessage response, string item)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return new SubmitResult.Completed([]);
        var problem = new Problem("http-status", null, string.Create(CultureInfo.InvariantCulture, $"The target answered {status}."), status);
        return response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => new SubmitResult.NotAccepted(problem) { IsThrottled = true, RetryAfter = WishOf(response.Headers) },
            >= HttpStatusCode.InternalServerError => new SubmitResult.Unknown(problem) { RetryAfter = WishOf(response.Headers) },
            // Wrong address or credentials: a person may mend them, so it is tried again.
            _ => Refused(item, problem),
        };
    }

    // RFC 9110, 10.2.3: seconds or a date. A date is measured by the target's own clock, which the answer tells.
    private static TimeSpan? WishOf(HttpResponseHeaders headers) => headers.RetryAfter switch
    {
        { Delta: { } seconds } => seconds,
        { Date: { } date } when headers.Date is { } now && date > now => date - now,
        _ => null,
    };
}
