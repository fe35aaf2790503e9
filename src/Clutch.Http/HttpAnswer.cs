using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Clutch.Http;

/// <summary>An answer that was read whole.</summary>
public sealed class HttpAnswer
{
    private readonly HttpResponseHeaders _headers;
    private readonly HttpContentHeaders _contentHeaders;

    internal HttpAnswer(HttpResponseMessage response, ReadOnlyMemory<byte> body, string address, TimeSpan? retryAfter)
    {
        StatusCode = (int)response.StatusCode;
        ContentType = response.Content.Headers.ContentType?.MediaType;
        Location = response.Headers.Location;
        Body = body;
        Address = address;
        RetryAfter = retryAfter;
        _headers = response.Headers;
        _contentHeaders = response.Content.Headers;
    }

    /// <summary>The status code.</summary>
    public int StatusCode { get; }

    /// <summary>The media type, or null.</summary>
    public string? ContentType { get; }

    /// <summary>The <c>Location</c> header, or null.</summary>
    public Uri? Location { get; }

    /// <summary>The address without its query.</summary>
    public string Address { get; }

    /// <summary>The body; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>How long the server asks to wait, capped; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>A header's first value, or null.</summary>
    public string? FindHeader(string name) => _headers.TryGetValues(name, out var values) || _contentHeaders.TryGetValues(name, out values) ? values.First() : null;

    /// <summary>The body as a value.</summary>
    /// <exception cref="HttpFaultException">HTML came (channel fault), the JSON breaks off (unknown), or it has another shape (protocol).</exception>
    public T ReadJson<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        ThrowIfNotJson();
        try
        {
            return JsonSerializer.Deserialize(JsonBytes.WithoutMark(Body.Span), typeInfo) ?? throw Breaks("it is the JSON value null", cause: null);
        }
        catch (JsonException fault)
        {
            throw IsTorn() ? Torn(fault) : Breaks(fault.Message, fault);
        }
    }

    private void ThrowIfNotJson()
    {
        var isJson = ContentType is not null && (ContentType.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || ContentType.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        if (isJson)
            return;
        throw new HttpFaultException(new()
        {
            Kind = HttpFaultKind.ChannelFault,
            Address = Address,
            StatusCode = StatusCode,
            ContentType = ContentType,
            Message = $"'{Address}' answered {StatusCode} with content type '{ContentType ?? "none"}' where JSON was expected. Check the address: a sign-in page, a proxy or another site may be answering.",
        });
    }

    /// <summary>Whether the JSON is right as far as it goes and ends too early.</summary>
    private bool IsTorn()
    {
        var json = JsonBytes.WithoutMark(Body.Span);
        var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
            }

            return reader.CurrentDepth > 0 || reader.BytesConsumed < json.Length || json.IsEmpty;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private HttpFaultException Torn(Exception cause) => new(new()
    {
        Kind = HttpFaultKind.Unknown,
        Address = Address,
        StatusCode = StatusCode,
        ContentType = ContentType,
        Message = $"The answer of '{Address}' ({StatusCode}) breaks off after {Body.Length} bytes.",
        Cause = cause,
    });

    private HttpFaultException Breaks(string reason, Exception? cause) => new(new()
    {
        Kind = HttpFaultKind.Protocol,
        Address = Address,
        StatusCode = StatusCode,
        ContentType = ContentType,
        Message = $"The answer of '{Address}' ({StatusCode}) is not what the contract says: {reason}",
        Cause = cause,
    });
}
