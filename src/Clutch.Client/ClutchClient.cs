using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clutch.Client.Wire;

namespace Clutch.Client;

/// <summary>A Clutch server, typed. It is safe to share between threads.</summary>
/// <remarks>Every call throws <see cref="ClutchServerException"/> where the server refuses, and <see cref="HttpRequestException"/> where it cannot be reached.</remarks>
public sealed partial class ClutchClient : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>A client of the server at an address.</summary>
    /// <param name="server">Such as <c>http://127.0.0.1:5000</c>, with the server's path prefix where it has one.</param>
    /// <param name="apiKey">The API key, or null where the server asks for none.</param>
    public ClutchClient(Uri server, string? apiKey = null)
        : this(new HttpClient(), server, apiKey)
    {
    }

    /// <summary>The same over an HTTP client of the caller's, which this one owns from now on: for handlers, proxies and certificates.</summary>
    public ClutchClient(HttpClient http, Uri server, string? apiKey = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(server);
        _http = http;
        _http.BaseAddress = new(server.AbsoluteUri.TrimEnd('/') + "/api/v1/");
        if (apiKey is not null)
            _http.DefaultRequestHeaders.Authorization = new("Bearer", apiKey);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return await ReadAsync(response, type, cancellationToken);
    }

    private async Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body, bodyType) };
        using var response = await _http.SendAsync(request, cancellationToken);
        return await ReadAsync(response, answerType, cancellationToken);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await ThrowIfRefusedAsync(response, cancellationToken);
        return await response.Content.ReadFromJsonAsync(type, cancellationToken)
            ?? throw new JsonException($"The server answered {response.RequestMessage?.RequestUri} with nothing.");
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        throw new ClutchServerException(response.StatusCode, await ReadProblemAsync(response, cancellationToken));
    }

    // A proxy on the way answers in its own words.
    private static async Task<ProblemView> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType is MediaTypeHeaderValue { MediaType: "application/problem+json" }
            && await response.Content.ReadFromJsonAsync(WireJson.Default.ProblemView, cancellationToken) is { } problem)
            return problem;
        return new() { Status = (int)response.StatusCode, Title = response.ReasonPhrase, Detail = $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode} {response.ReasonPhrase}." };
    }

    private static string Escape(string part) => Uri.EscapeDataString(part);
}
