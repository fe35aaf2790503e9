using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Clutch.Http;

/// <summary>One request, which may be sent several times with the same bytes.</summary>
public sealed record HttpCall
{
    /// <summary>The method.</summary>
    public required HttpMethod Method { get; init; }

    /// <summary>The address: absolute, or relative to the client's base address.</summary>
    public required string Path { get; init; }

    /// <summary>The body, or null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The body's media type: <c>application/json</c> by default.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Further headers, such as <c>Idempotency-Key</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Status codes besides 2xx that are an answer to this call and no fault, such as 404 when asking for one thing; none by default.</summary>
    public IReadOnlyList<int> Answers { get; init; } = [];

    /// <summary>Whether the channel sends it again by itself; true by default. Set false where sending twice does harm, or where the caller keeps the retries.</summary>
    public bool IsRetried { get; init; } = true;

    /// <summary>A GET.</summary>
    public static HttpCall Get(string path) => new() { Method = HttpMethod.Get, Path = path };

    /// <summary>A POST of a value as JSON. It may arrive twice, so it must be a read or idempotent.</summary>
    public static HttpCall Post<T>(string path, T body, JsonTypeInfo<T> typeInfo) =>
        new() { Method = HttpMethod.Post, Path = path, Body = JsonSerializer.SerializeToUtf8Bytes(body, typeInfo) };

    internal HttpRequestMessage CreateRequest()
    {
        var request = new HttpRequestMessage(Method, UriOf(Path));
        if (Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        }

        request.Headers.Accept.ParseAdd("application/json, application/problem+json;q=0.9");
        foreach (var (name, value) in Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    // RFC 3986, 4.2: 'operations:batchGet' alone would name a scheme; './' in front makes it a path.
    internal static Uri UriOf(string path) => Uri.TryCreate(path, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" or "https"
        ? absolute!
        : new Uri(path.Split('/', '?')[0].Contains(':', StringComparison.Ordinal) ? "./" + path : path, UriKind.Relative);
}
