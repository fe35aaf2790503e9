namespace Clutch.Client.Wire;

/// <summary>What was wrong with a request, as RFC 9457 has it.</summary>
public sealed record ProblemView
{
    /// <summary>The kind of problem: a URI reference such as <c>urn:clutch:problem:already-running</c>; docs/reference/http.md lists them.</summary>
    public string? Type { get; init; }

    /// <summary>The kind in a few words.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>What happened, with which value, and what to do.</summary>
    public string? Detail { get; init; }

    /// <summary>Faults by field, or null where no field is at fault.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>The execution that stands in the way, or null.</summary>
    public long? ExecutionId { get; init; }
}
