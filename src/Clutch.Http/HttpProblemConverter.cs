using System.Text.Json;
using System.Text.Json.Serialization;

namespace Clutch.Http;

/// <summary>Reads problem details member by member, so that one of a wrong type costs neither the others nor the body they stand in.</summary>
public sealed class HttpProblemConverter : JsonConverter<HttpProblem>
{
    /// <inheritdoc/>
    public override HttpProblem Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var problem = document.RootElement;
        if (problem.ValueKind != JsonValueKind.Object)
            throw new JsonException("Problem details are a JSON object (RFC 9457, 3).");
        return new()
        {
            Type = Text(problem, "type")!,
            Title = Text(problem, "title"),
            Status = Find(problem, "status", JsonValueKind.Number) is { } status && status.TryGetInt32(out var code) ? code : null,
            Detail = Text(problem, "detail"),
            Instance = Text(problem, "instance"),
            IsRetryable = Find(problem, "retryable", JsonValueKind.True) is not null ? true : Find(problem, "retryable", JsonValueKind.False) is not null ? false : null,
            RetryAfterSeconds = Find(problem, "retryAfter", JsonValueKind.Number)?.GetDouble(),
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, HttpProblem value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        writer.WriteString("type", value.Type);
        if (value.Title is { } title) writer.WriteString("title", title);
        if (value.Status is { } status) writer.WriteNumber("status", status);
        if (value.Detail is { } detail) writer.WriteString("detail", detail);
        if (value.Instance is { } instance) writer.WriteString("instance", instance);
        if (value.IsRetryable is { } isRetryable) writer.WriteBoolean("retryable", isRetryable);
        if (value.RetryAfterSeconds is { } seconds) writer.WriteNumber("retryAfter", seconds);
        writer.WriteEndObject();
    }

    private static string? Text(JsonElement problem, string name) => Find(problem, name, JsonValueKind.String)?.GetString();

    private static JsonElement? Find(JsonElement problem, string name, JsonValueKind kind) =>
        problem.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : null;
}
