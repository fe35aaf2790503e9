using Clutch.Executions;
using Clutch.Http;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Outbox.Http;

/// <summary>Posts submissions with <c>Idempotency-Key</c> and <c>Prefer: respond-async</c>, and sorts the answer: accepted, completed, or why not.</summary>
/// <remarks>One attempt a call: the relay keeps key, members and retries. <c>traceparent</c> is added by the client from the current activity.</remarks>
/// <param name="target">The target.</param>
public sealed class HttpSubmitter(HttpTarget target) : ISubmitter
{
    private const int MaxIdLength = 2_000;

    /// <inheritdoc/>
    public async ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(submission);
        return TryMakeBody(submission, out var body) is { } problem ? new SubmitResult.Invalid(problem) : await SendAsync(submission, body, cancellationToken);
    }

    // A message that makes no body makes none the next time either, and must not cost the others of its submission their attempts.
    private Problem? TryMakeBody(Submission submission, out ReadOnlyMemory<byte> body)
    {
        try
        {
            body = target.Body(submission);
            return null;
        }
        catch (Exception fault)
        {
            body = default;
            return new("invalid-body", null, $"No request could be made of it: {fault.Message} Correct what is enqueued, or the body that HttpTarget makes of it; for JsonBody it must be JSON.");
        }
    }

    private async ValueTask<SubmitResult> SendAsync(Submission submission, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            return await target.Channel.SendAsync(CallFor(submission, body), Read, cancellationToken);
        }
        catch (HttpFaultException fault)
        {
            return ResultOf(fault.Fault);
        }
    }

    private HttpCall CallFor(Submission submission, ReadOnlyMemory<byte> body) => new()
    {
        Method = HttpMethod.Post,
        Path = target.SubmitPath,
        Body = body,
        IsRetried = false,
        Headers = new Dictionary<string, string>(target.Headers)
        {
            // A structured-field string (draft-ietf-httpapi-idempotency-key-header): the quotes belong to it.
            ["Idempotency-Key"] = $"\"{submission.IdempotencyKey}\"",
            ["Prefer"] = "respond-async, wait=0",
        },
    };

    private static SubmitResult Read(HttpAnswer answer) => answer.StatusCode switch
    {
        202 => ReadAccepted(answer),
        204 => new SubmitResult.Completed([]),
        _ => ReadCompleted(answer),
    };

    private static SubmitResult.Completed ReadCompleted(HttpAnswer answer)
    {
        var body = answer.ReadJson(OperationJson.Default.CompletedBody);
        // Any JSON would do otherwise: that of a wrong route, or a list of errors under another name, and all messages would count as applied.
        var items = body.Items ?? body.Results
            ?? throw ItemResults.Breaks(answer.Address, $"it answered {answer.StatusCode} without results, neither 'items' nor 'results'; where all were applied, an empty list or 204 says so");
        return new(ItemResults.From(items, answer.Address));
    }

    private static SubmitResult.Accepted ReadAccepted(HttpAnswer answer)
    {
        var body = answer.Body.IsEmpty ? new() : answer.ReadJson(OperationJson.Default.AcceptedBody);
        var url = body.StatusUrl ?? answer.Location?.OriginalString;
        var id = body.CorrelationId ?? url?.Split('?')[0].TrimEnd('/').Split('/')[^1];
        if (string.IsNullOrEmpty(id))
            throw ItemResults.Breaks(answer.Address, "it accepted (202) and named no operation: neither 'correlationId' nor 'Location'");
        if (!IsStorable(id))
            throw ItemResults.Breaks(answer.Address, $"it accepted (202) with an operation id that cannot be kept, '{CleanText.Of(id, 100)}': one is at most {MaxIdLength} characters long and without NUL");
        return new(new OperationHandle(id, url is not null && IsStorable(url) && IsOfOneServer(answer.Address, url) ? url : null)) { RetryAfter = ItemResults.WishOf(body.RetryAfter) ?? answer.RetryAfter, Rejected = ItemResults.Rejected(body.Rejected, answer.Address) };
    }

    // PostgreSQL refuses NUL: what was accepted would never be stored as such.
    private static bool IsStorable(string text) => CleanText.Of(text, MaxIdLength) == text;

    // A status URL of another server would get the headers of the target's client, its credentials too. Without it StatusPath leads to the operation.
    private static bool IsOfOneServer(string address, string? url) =>
        Uri.TryCreate(address, UriKind.Absolute, out var taken) && Uri.TryCreate(taken, url, out var status)
        && Uri.Compare(taken, status, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static SubmitResult ResultOf(HttpFault fault)
    {
        var problem = ItemResults.ProblemOf(fault);
        return fault.Kind switch
        {
            HttpFaultKind.NotAccepted => new SubmitResult.NotAccepted(problem) { RetryAfter = fault.RetryAfter, IsThrottled = fault.StatusCode == 429 },
            HttpFaultKind.Unknown => new SubmitResult.Unknown(problem) { RetryAfter = fault.RetryAfter },
            HttpFaultKind.Wait => new SubmitResult.Unknown(problem) { RetryAfter = fault.RetryAfter, IsAtWork = true },
            HttpFaultKind.TooLarge => new SubmitResult.TooLarge(problem),
            HttpFaultKind.Permanent => new SubmitResult.Invalid(problem),
            HttpFaultKind.KeyReuse => new SubmitResult.KeyConflict(problem),
            // An answer that breaks the contract would come again for every submission: a person must look.
            _ => new SubmitResult.ChannelFault(problem),
        };
    }
}
