using System.Text.Json.Serialization;

namespace Simulators;

/// <summary>Problem details (RFC 9457) with the two members by which a caller decides what to do.</summary>
internal sealed record Problem(string Type, string Title, int Status, bool Retryable)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    /// <summary>Seconds to wait, or null when the caller may decide.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RetryAfter { get; init; }

    public static Problem KeyMissing { get; } = new("urn:problem:idempotency-key-missing", "The header 'Idempotency-Key' is missing.", 400, false);

    public static Problem KeyReused { get; } = new("urn:problem:idempotency-key-reused", "The idempotency key was used with another body.", 422, false);

    public static Problem TooMany(int limit) => new("urn:problem:too-many-items", $"A request may hold {limit} at most.", 413, false);

    public static Problem Invalid(string detail) => new("urn:problem:invalid-content", "The content is not valid.", 422, false) { Detail = detail };

    public static Problem Malformed(string detail) => new("urn:problem:malformed", "The request cannot be read.", 400, false) { Detail = detail };

    public static Problem NotKnown(string what) => new("urn:problem:not-found", $"{what} is not known.", 404, false);

    public static Problem CursorExpired { get; } = new("urn:problem:cursor-expired", "The cursor has expired: begin the listing again.", 410, true);

    public static Problem Busy(int retryAfterSeconds) => new("urn:problem:too-many-requests", "Too much at once.", 429, true) { RetryAfter = retryAfterSeconds };

    public static Problem Broken { get; } = new("urn:problem:internal-error", "Something failed inside.", 500, true);

    public static Problem ItemInvalid(string detail) => new("urn:problem:invalid-item", "The item is not valid.", 422, false) { Detail = detail };

    public static Problem ItemFailed { get; } = new("urn:problem:item-failed", "The item failed for a passing reason.", 500, true);

    public IResult ToResult() => TypedResults.Json(this, SimulatorJson.Default.Problem, "application/problem+json", Status);
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Problem))]
internal sealed partial class SimulatorJson : JsonSerializerContext;
