using System.Globalization;
using Clutch.Outbox.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Outbox.Receiving;

/// <summary>Accepts operations from an endpoint.</summary>
public static class OperationResults
{
    /// <summary>
    /// Stores the operation under the request's key and answers 202 with its address; 400 where a text of it contains NUL, 422 where the key came with another body,
    /// 429 where the queue is full.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="context">The request, whose endpoint has <c>RequireIdempotencyKey</c>.</param>
    /// <param name="request">The work, validated: what concerns the whole request was answered before.</param>
    /// <exception cref="InvalidOperationException">The endpoint lacks <c>RequireIdempotencyKey</c>.</exception>
    public static async ValueTask<IResult> AcceptAsync(this IOperationQueue queue, HttpContext context, OperationRequest request)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(request);
        var key = context.Features.Get<IdempotencyKey>()
            ?? throw new InvalidOperationException($"The endpoint '{context.GetEndpoint()?.DisplayName}' accepts operations without a key. Add RequireIdempotencyKey() to it.");
        if (request.FindUnstorable() is { } fault)
            return Problems.Malformed(fault).ToResult();
        var options = context.RequestServices.GetRequiredService<ReceivingOptions>();
        return ToResult(await queue.AcceptAsync(request, key, options.Caller(context), context.RequestAborted), context, options);
    }

    internal static IResult ToResult(Acceptance acceptance, HttpContext context, ReceivingOptions options)
    {
        ReceivingMetrics.Answered(acceptance.Kind);
        switch (acceptance.Kind)
        {
            case AcceptanceKind.KeyReused:
                return Problems.KeyReused.ToResult();
            case AcceptanceKind.QueueFull:
                context.Response.Headers.RetryAfter = WholeSeconds(options.BusyRetryAfter);
                return (Problems.QueueFull with { RetryAfterSeconds = options.BusyRetryAfter.TotalSeconds }).ToResult();
            default:
                return Accepted(acceptance, context, options);
        }
    }

    internal static string WholeSeconds(TimeSpan span) => Math.Max(1, (long)Math.Ceiling(span.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static IResult Accepted(Acceptance acceptance, HttpContext context, ReceivingOptions options)
    {
        var path = context.RequestServices.GetRequiredService<OperationPath>().Value
            ?? throw new InvalidOperationException("No operation endpoints are mapped, so nobody could ask for the result. Call app.MapOperations().");
        var url = $"{context.Request.PathBase}{path}/{acceptance.OperationId}";
        context.Response.Headers.Location = url;
        context.Response.Headers.RetryAfter = WholeSeconds(options.PollAfter);
        context.Response.Headers["Preference-Applied"] = "respond-async";
        var body = new AcceptedBody
        {
            CorrelationId = acceptance.OperationId,
            StatusUrl = url,
            AcceptedCount = (int)acceptance.AcceptedCount,
            Rejected = [.. acceptance.Rejected.Select(item => new ItemBody { ItemId = item.ItemId, Problem = item.Problem })],
            RetryAfter = options.PollAfter.TotalSeconds,
        };
        return Results.Json(body, OperationJson.Default.AcceptedBody, statusCode: StatusCodes.Status202Accepted);
    }
}

/// <summary>Where the operation endpoints are mapped.</summary>
internal sealed class OperationPath
{
    public string? Value { get; set; }
}
