using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Executions;

namespace Clutch.Http;

/// <summary>Problem details of an answer or of one item in it (RFC 9457). A member of another type than the RFC gives it is ignored, as its section 3.1 wants it.</summary>
[JsonConverter(typeof(HttpProblemConverter))]
public sealed record HttpProblem
{
    /// <summary>A URI that names the kind of problem; <c>about:blank</c> where the server gives none.</summary>
    public string Type { get; init => field = value ?? "about:blank"; } = "about:blank";

    /// <summary>The kind of problem in words, or null.</summary>
    public string? Title { get; init; }

    /// <summary>The status code as the body repeats it, or null.</summary>
    public int? Status { get; init; }

    /// <summary>This occurrence in words, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>A URI that names this occurrence, or null.</summary>
    public string? Instance { get; init; }

    /// <summary>Whether the server says that trying again may help; null where it does not say.</summary>
    public bool? IsRetryable { get; init; }

    /// <summary>How many seconds the server asks to wait, or null.</summary>
    public double? RetryAfterSeconds { get; init; }

    /// <summary>Reads problem details from a body; null where it holds none.</summary>
    /// <param name="body">The body, in UTF-8.</param>
    public static HttpProblem? Find(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(JsonBytes.WithoutMark(body), HttpJson.Default.HttpProblem);
        }
        catch (JsonException)
        {
            // A proxy's page under a JSON media type: the status code alone must do.
            return null;
        }
    }

    /// <summary>The problem in one line, 500 characters at most.</summary>
    public override string ToString()
    {
        var text = string.Join(": ", new[] { Title ?? (Type == "about:blank" ? null : Type), Detail }.Where(part => !string.IsNullOrEmpty(part)));
        return CleanText.Of(text, 500);
    }
}

[JsonSerializable(typeof(HttpProblem))]
[JsonSerializable(typeof(Paging.ListingState))]
[JsonSerializable(typeof(Paging.ListingProof))]
internal sealed partial class HttpJson : JsonSerializerContext;
