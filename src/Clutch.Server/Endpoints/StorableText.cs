using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Clutch.Server.Endpoints;

/// <summary>Keeps text out that no database keeps: PostgreSQL refuses U+0000, and half a surrogate pair is no character.</summary>
internal static class StorableText
{
    private static readonly ProblemHttpResult Refusal = Problems.Of(
        StatusCodes.Status400BadRequest, "bad-request", "Wrong input", "The address or the body holds U+0000 or half a surrogate pair, which no database keeps. Leave it out.");

    /// <summary>Refuses requests to the endpoint that hold such text, after the caller is known and before anything is made of them.</summary>
    public static void Require(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } handle)
            return;
        endpoint.RequestDelegate = async context =>
        {
            if (!IsAddressStorable(context.Request))
                await Refusal.ExecuteAsync(context);
            else if (!context.Request.HasJsonContentType() || await IsBodyStorableAsync(context))
                await handle(context);
        };
    }

    /// <summary>Whether a database can keep all that the request's address says.</summary>
    public static bool IsAddressStorable(HttpRequest request) => IsStorable(request.RouteValues) && IsStorable(request.Query);

    private static bool IsStorable(RouteValueDictionary values) => values.Values.All(value => value is not string text || !text.Contains('\0', StringComparison.Ordinal));

    private static bool IsStorable(IQueryCollection query) =>
        query.All(parameter => parameter.Value.Append(parameter.Key).All(text => text?.Contains('\0', StringComparison.Ordinal) is not true));

    /// <summary>Whether it is; where not, the answer is given.</summary>
    private static async Task<bool> IsBodyStorableAsync(HttpContext context)
    {
        // RFC 8259, 8.1: JSON between systems is UTF-8. Others would have to be recoded to be looked at.
        if (!IsUtf8(context.Request.ContentType))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (IOException fault)
        {
            // It is too large, or ends too soon.
            context.Response.StatusCode = fault is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status400BadRequest;
            return false;
        }

        body.Position = 0;
        context.Request.Body = body;
        if (IsStorable(body.GetBuffer().AsSpan(0, (int)body.Length)))
            return true;
        await Refusal.ExecuteAsync(context);
        return false;
    }

    private static bool IsUtf8(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static bool IsStorable(ReadOnlySpan<byte> json)
    {
        // RFC 8259, 8.1: a byte order mark may be ignored, as ASP.NET does and this reader does not.
        if (json.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        // As they stand, such characters are no JSON: only an escape brings them in.
        if (json.IndexOf(@"\u"u8) < 0)
            return true;
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped && reader.GetString()!.Contains('\0', StringComparison.Ordinal))
                    return false;
            }
        }
        catch (JsonException)
        {
            // Whoever reads it says what is wrong with it.
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        return true;
    }
}
