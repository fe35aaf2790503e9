using Clutch.Executions;

namespace Clutch.Items;

/// <summary>The chunk at hand, as its writer sees it.</summary>
public sealed class ChunkContext
{
    /// <summary>The step that writes.</summary>
    public required StepContext Step { get; init; }

    /// <summary>Which chunk of this step execution it is, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>Which attempt at writing it this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The transaction that the writes join; a store's own type (<c>chunk.Relational()</c>) gives its connection.</summary>
    public required IChunkTransaction Transaction { get; init; }
}
