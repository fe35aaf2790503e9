using System.ComponentModel.DataAnnotations;

namespace CalendarSync.Jobs;

/// <summary>How feeds are imported: how much at a time, and how often each is looked at.</summary>
public sealed class ImportOptions
{
    /// <summary>Feeds that are fetched and committed together: 1 to 5,000, 100 by default.</summary>
    /// <remarks>A slow feed holds up its chunk, so chunks are larger than the fetches in flight.</remarks>
    [Range(1, 5_000)]
    public int ChunkSize { get; set; } = 100;

    /// <summary>Feeds that begin in a second, over all hosts: 150 by default, 0 for no limit.</summary>
    /// <remarks>What keeps an import from being felt: ten thousand feeds take a little over a minute, and the processor is free most of the time. Measured in docs/benchmarks/calendar-latency.md.</remarks>
    [Range(0, 100_000)]
    public int FeedsPerSecond { get; set; } = 150;

    /// <summary>Chunks in the works at a time: 1 to 64, 4 by default.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 4;

    /// <summary>Bytes of new, changed or deleted events that a chunk may hold, or of own events that the export renders together; 32 MB by default. Feeds beyond it stay due and come with the next run.</summary>
    [Range(1_000_000, 2_000_000_000)]
    public long ChunkBytes { get; set; } = 32_000_000;

    /// <summary>How often the batch process looks whether feeds are due; 1 ms to 1 day, 10 s by default.</summary>
    public TimeSpan Tick { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a failure of a job itself it is tried anew where its own restarts have given up; 10 minutes by default. Until it completes no other run begins.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The shortest time between two checks of a feed; 15 minutes by default.</summary>
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The longest; 24 hours by default.</summary>
    public TimeSpan MaxInterval { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The time between two checks of a feed that names none itself; 6 hours by default.</summary>
    public TimeSpan DefaultInterval { get; set; } = TimeSpan.FromHours(6);
}
