using System.Data.Common;
using System.Text.Json;
using Clutch.Executions;
using Clutch.Relational.Jobs;
using Clutch.Repository;

namespace Clutch.Relational.Targets;

/// <summary>A checkpoint beside the data, as its next owner finds it.</summary>
internal sealed record FoundCheckpoint
{
    private const int FirstCount = 5;
    private const int FirstEarlier = FirstCount + 9;
    private const int FirstText = FirstEarlier + 9;

    /// <summary>The step execution that wrote it.</summary>
    public required StepExecutionId Owner { get; init; }

    /// <summary>The last chunk, with the counters of all step executions and the owner's; null where there was none.</summary>
    public required CommittedChunk? Committed { get; init; }

    /// <summary>The last chunk's dead letters (JSON).</summary>
    public required string DeadLetters { get; init; }

    /// <summary>The dead letters that the last chunk re-drove.</summary>
    public required IReadOnlyCollection<long> Redriven { get; init; }

    /// <summary>The last chunk as the given step execution sees it: another owner's counters are not its own.</summary>
    public CommittedChunk? For(StepExecutionId step) => Committed is null || Owner == step ? Committed : Committed with { OwnCounts = default };

    /// <summary>Whether its owner has committed something that was not there when the other was found; null for nothing.</summary>
    public bool IsAheadOf(FoundCheckpoint? other) =>
        Committed is { OwnCounts.Commits: > 0 and var commits } && (Owner, commits) != (other?.Owner, other?.Committed?.OwnCounts.Commits);

    public static FoundCheckpoint Read(DbDataReader row)
    {
        var checkpoint = row.GetBoolean(2) ? StepExecutionRow.CheckpointOf(row.TextOrNull(3), row.TextOrNull(4)) : null;
        var own = StepExecutionRow.ReadCounts(row, FirstCount);
        return new()
        {
            Owner = new(row.GetInt64(0)),
            Committed = checkpoint is null ? null : new(checkpoint, own + StepExecutionRow.ReadCounts(row, FirstEarlier), own) { Context = row.TextOrNull(FirstText + 2) },
            DeadLetters = row.GetString(FirstText),
            Redriven = JsonSerializer.Deserialize(row.GetString(FirstText + 1), TargetJson.Default.Int64Array)!,
        };
    }
}
