using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Demo.World;

/// <summary>The simulators' control desk and books, over HTTP: nothing of them is taken from inside.</summary>
internal sealed class WorldClient(Uri root) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = root };

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await _http.GetFromJsonAsync(path, type, cancellationToken) ?? throw new InvalidOperationException($"The simulators answered '{path}' with nothing.");

    /// <summary>Reads a book: lines of JSON.</summary>
    public async IAsyncEnumerable<T> ReadAsync<T>(string path, JsonTypeInfo<T> type, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await _http.GetStreamAsync(path, cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
            yield return JsonSerializer.Deserialize(line, type)!;
    }

    public async Task PostAsync(string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(path, content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.DeleteAsync(path, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => _http.Dispose();
}
