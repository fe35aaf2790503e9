using Clutch.Items;

namespace Clutch.Steps;

/// <summary>How a step cuts its items into chunks, and how many are under way.</summary>
internal sealed record ChunkOptions
{
    public int ChunkSize { get; init; } = 1_000;

    public int Concurrency { get; init; } = 1;

    /// <summary>Chunks read before their turn. Two keep the writer busy; more only cost memory.</summary>
    public int ReadAhead { get; init; } = 2;

    public RetryOptions Retry { get; init; } = new();

    public SkipOptions Skip { get; init; } = SkipOptions.None;

    /// <summary>The user's own word on what is transient; the last rule that answers decides.</summary>
    public IReadOnlyList<Func<Exception, bool?>> TransientRules { get; init; } = [];

    /// <summary>The database that chunks commit to, or null for the job repository's.</summary>
    public string? Target { get; init; }
}
