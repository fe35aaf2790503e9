using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>The signs of life in the table <c>clutch_process</c>, beside the job repository.</summary>
/// <param name="database">The database.</param>
/// <param name="beat">The statement that writes one and answers its instant.</param>
/// <param name="timeProvider">The clock of a database that has none of its own.</param>
public sealed class RelationalNodeRegister(RelationalDatabase database, string beat, TimeProvider timeProvider) : INodeRegister
{
    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(beat);
        return (await database.ChangeAsync(StatementOf(beat), Rows.All(row => database.ReadInstant(row, 0)), cancellationToken))[0];
    }

    private Statement StatementOf(NodeBeat sign) => new Statement(beat)
        .With("now", timeProvider.GetUtcNow())
        .With("name", sign.Node)
        .With("state", sign.Activity.ToString())
        .With("interval_ms", (long)sign.Interval.TotalMilliseconds)
        .With("running_count", sign.RunningCount)
        .With("max_running", sign.MaxRunning)
        .With("version", sign.Version)
        .With("memory_bytes", sign.MemoryBytes)
        .With("cpu_cores", sign.CpuCores)
        .With("jobs", JsonSerializer.Serialize(sign.Jobs, NodeJson.Default.IReadOnlyListString))
        .With("clock_skew_ms", (long?)sign.ClockSkew?.TotalMilliseconds);
}

[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class NodeJson : JsonSerializerContext;
