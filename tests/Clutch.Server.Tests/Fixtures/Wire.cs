using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clutch.Client.Wire;

namespace Clutch.Server.Tests.Fixtures;

/// <summary>Short words for what the tests send and read.</summary>
internal static class Wire
{
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response, JsonTypeInfo<T> type)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {body}");
        return JsonSerializer.Deserialize(body, type)!;
    }

    public static async Task<T> GetAsync<T>(this HttpClient client, string path, JsonTypeInfo<T> type)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await response.ReadAsync(type);
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, string json) =>
        client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, System.Text.Encoding.UTF8, "application/json"));

    /// <summary>The problem that the server answers with, of the right media type.</summary>
    public static async Task<ProblemView> ProblemAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} instead of {(int)status}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(body, WireJson.Default.ProblemView)!;
        Assert.Equal((int)status, problem.Status);
        Assert.False(string.IsNullOrWhiteSpace(problem.Title));
        return problem;
    }

    public static async Task<ExecutionView> LaunchAsync(this HttpClient client, string job, string parameters = "{}")
    {
        using var response = await client.PostAsync($"/api/v1/jobs/{job}/executions", $$"""{"parameters":{{parameters}}}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.ReadAsync(WireJson.Default.LaunchAnswer)).Execution;
    }

    /// <summary>Waits until the execution is as wanted.</summary>
    public static async Task<ExecutionDetails> UntilAsync(this HttpClient client, long execution, Func<ExecutionDetails, bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var details = await client.GetAsync($"/api/v1/executions/{execution}", WireJson.Default.ExecutionDetails);
            if (isSo(details))
                return details;
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, patience.Token);
        }
    }

    public static Task<ExecutionDetails> EndAsync(this HttpClient client, long execution) => client.UntilAsync(execution, details => details.Execution.EndedAt is not null);
}
