namespace Clutch.Files;

/// <summary>When an output file is forced to the disk itself.</summary>
public enum FileDurability
{
    /// <summary>With each chunk, before its checkpoint commits: a checkpoint never speaks of bytes that a power failure can take.</summary>
    EachChunk,

    /// <summary>
    /// Only before the file is published. A process that dies loses nothing; after a power failure the file may be shorter than the checkpoint, and the
    /// restart says so instead of continuing.
    /// </summary>
    OnPublication,
}

/// <summary>How an output file is written.</summary>
public record FileWriteOptions
{
    /// <summary>Whether a file that already lies at the target may be replaced; false by default.</summary>
    public bool Overwrites { get; init; }

    /// <summary>When the file is forced to the disk: with each chunk, by default.</summary>
    public FileDurability Durability { get; init; } = FileDurability.EachChunk;

    /// <summary>
    /// How long a step waits for another execution that still has the file, such as its own predecessor, which lost its lease and is at its last chunk; 30 s by default, zero for not at all.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes are collected before they go to the operating system; tests make it small.</summary>
    internal int BufferSize { get; init; } = 256 * 1024;
}
