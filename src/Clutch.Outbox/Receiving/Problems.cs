using System.Data.Common;
using System.Globalization;
using Clutch.Http;
using Clutch.Items;
using Clutch.Outbox.Http;
using Microsoft.AspNetCore.Http;

namespace Clutch.Outbox.Receiving;

/// <summary>The problems that the server half answers with; docs/guides/receiving.md lists their types.</summary>
internal static class Problems
{
    public static HttpProblem KeyMissing { get; } = Of(400, "idempotency-key-missing", "The header 'Idempotency-Key' is missing.", "Send a UUID of your own, the same each time you send this request.");

    public static HttpProblem KeyMalformed { get; } = Of(400, "idempotency-key-malformed", "The header 'Idempotency-Key' is not usable.", "Send one value of 1 to 200 printable ASCII characters.");

    public static HttpProblem KeyReused { get; } = Of(422, "idempotency-key-reuse", "This idempotency key came before with another body.", "A key stands for one request: use a new one.");

    public static HttpProblem QueueFull { get; } = Of(429, "queue-full", "Too much is waiting already.", "Nothing was accepted. Send the same request again later.") with { IsRetryable = true };

    public static HttpProblem OperationUnknown { get; } = Of(404, "operation-unknown", "There is no such operation.", "It never was, or it is another caller's.");

    public static HttpProblem OperationExpired { get; } = Of(410, "operation-expired", "The operation is not kept any more.", null);

    public static HttpProblem OperationEnded { get; } = Of(409, "operation-ended", "The operation has ended already.", null);

    public static HttpProblem Malformed(string detail) => Of(400, "malformed-request", "The request cannot be read.", detail);

    /// <summary>An item that threw: only the exception's type leaves the house, its words may hold data. One that ran out of time, or met an outage of what it asks, may succeed when sent again.</summary>
    public static HttpProblem ItemFailed(Exception fault) =>
        Of(500, "item-failed", "The item could not be applied.", fault.GetType().Name) with
        {
            IsRetryable = fault is TimeoutException or OperationCanceledException or HttpRequestException or IOException or IClassifiedFault { IsTransient: true } or DbException { IsTransient: true },
        };

    public static HttpProblem OfStatus(int status) => Of(status, "http-" + status.ToString(CultureInfo.InvariantCulture), Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), null);

    public static IResult ToResult(this HttpProblem problem) =>
        Results.Json(problem, OperationJson.Default.HttpProblem, "application/problem+json", problem.Status);

    private static HttpProblem Of(int status, string type, string title, string? detail) =>
        new() { Type = "urn:clutch:problem:" + type, Title = title, Status = status, Detail = detail, IsRetryable = false };
}
