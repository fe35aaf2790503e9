using System.Security.Cryptography;
using Clutch.Outbox.Receiving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Idempotency keys of endpoints.</summary>
public static class IdempotencyEndpointExtensions
{
    /// <summary>Asks each request for a key, answers a key that is known by what it led to, and gives <see cref="IdempotencyKey"/> to the endpoint.</summary>
    /// <remarks>
    /// The same key with the same body (SHA-256) answers the same 202; with another body 422; no key 400. Keys belong to caller and endpoint. What is answered without an
    /// operation (a validation error, a full queue) is not remembered, so it can be sent again with the same key. Errors without a body get problem details.
    /// </remarks>
    /// <param name="builder">The endpoint.</param>
    /// <param name="window">How long a key is kept; null takes <see cref="ReceivingOptions.Window"/>.</param>
    public static TBuilder RequireIdempotencyKey<TBuilder>(this TBuilder builder, TimeSpan? window = null)
        where TBuilder : IEndpointConventionBuilder
    {
        // An endpoint filter would run after the body was bound; the fingerprint needs its bytes, so the whole endpoint is wrapped.
        builder.Add(endpoint =>
        {
            if (endpoint.RequestDelegate is { } inner)
                endpoint.RequestDelegate = context => new IdempotentRequest(context, window).RunAsync(inner, NameOf(endpoint));
        });
        return builder;
    }

    private static string NameOf(EndpointBuilder endpoint)
    {
        var pattern = endpoint is RouteEndpointBuilder route ? route.RoutePattern.RawText : endpoint.DisplayName;
        var methods = endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
        return $"{string.Join(',', methods)} {pattern}";
    }
}

/// <summary>One request to an endpoint that asks for a key.</summary>
internal sealed class IdempotentRequest(HttpContext context, TimeSpan? window)
{
    private const int MaxKeyLength = 200;

    private readonly ReceivingOptions _options = context.RequestServices.GetRequiredService<ReceivingOptions>();

    public async Task RunAsync(RequestDelegate endpoint, string endpointName)
    {
        try
        {
            await AnswerAsync(endpoint, endpointName);
            if (context.Response.StatusCode >= 400 && IsBare())
                await Problems.OfStatus(context.Response.StatusCode).ToResult().ExecuteAsync(context);
        }
        catch (BadHttpRequestException fault) when (!context.Response.HasStarted)
        {
            await (Problems.OfStatus(fault.StatusCode) with { Detail = fault.Message }).ToResult().ExecuteAsync(context);
        }
    }

    private async Task AnswerAsync(RequestDelegate endpoint, string endpointName)
    {
        if (FindKey() is not { Length: > 0 } key)
        {
            await Problems.KeyMissing.ToResult().ExecuteAsync(context);
            return;
        }

        if (key.Length > MaxKeyLength || !key.All(character => character is > ' ' and < (char)127))
        {
            await Problems.KeyMalformed.ToResult().ExecuteAsync(context);
            return;
        }

        var caller = _options.Caller(context);
        var idempotency = new IdempotencyKey($"{caller}|{endpointName}", key, await FingerprintAsync(), window ?? _options.Window);
        if (await context.RequestServices.GetRequiredService<IOperationQueue>().FindAsync(idempotency, caller, context.RequestAborted) is { } known)
        {
            await OperationResults.ToResult(known, context, _options).ExecuteAsync(context);
            return;
        }

        context.Features.Set(idempotency);
        await endpoint(context);
    }

    // A structured-field string in quotes by the draft; bare tokens are what many clients send.
    private string? FindKey() => context.Request.Headers["Idempotency-Key"] is [var value] ? value?.Trim().Trim('"') : null;

    private async Task<string> FingerprintAsync()
    {
        // In memory and not in a file: the endpoint reads it as a whole anyway, and the server's own limit bounds it.
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var hash = SHA256.HashData(body.GetBuffer().AsSpan(0, (int)body.Length));
        body.Position = 0;
        context.Request.Body = body;
        return Convert.ToHexString(hash);
    }

    private bool IsBare() => !context.Response.HasStarted && context.Response.ContentType is null && context.Response.ContentLength is null or 0;
}
