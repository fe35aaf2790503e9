using System.Data.Common;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Nodes;

/// <summary>A sign of life.</summary>
/// <param name="Name">The node.</param>
/// <param name="State">Whether it works.</param>
/// <param name="RunningCount">Executions at work in it.</param>
/// <param name="MaxRunning">How many may be, or null.</param>
/// <param name="Version">The version of its program.</param>
/// <param name="MemoryBytes">Memory in use.</param>
/// <param name="CpuCores">Processor time used lately, in cores.</param>
/// <param name="Jobs">The jobs it hosts.</param>
internal sealed record NodeBeat(string Name, NodeState State, int RunningCount, int? MaxRunning, string? Version, long MemoryBytes, double CpuCores, IReadOnlyList<string> Jobs)
{
    /// <summary>How far its clock was ahead of the database's when it was last measured, or null.</summary>
    public TimeSpan? ClockSkew { get; init; }
}

/// <summary>The processes that serve, as the database knows them.</summary>
internal sealed class NodeRegistry(ServerDatabase database, IOptions<ClutchServerOptions> options)
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>Writes it down and answers when that was, in the database's time.</summary>
    public async Task<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken)
    {
        var write = database.At(database.Sql.BeatNode)
            .With("name", beat.Name)
            .With("state", beat.State.ToString())
            .With("running_count", beat.RunningCount)
            .With("max_running", beat.MaxRunning)
            .With("version", beat.Version)
            .With("memory_bytes", beat.MemoryBytes)
            .With("cpu_cores", beat.CpuCores)
            .With("clock_skew_ms", (long?)beat.ClockSkew?.TotalMilliseconds)
            .With("jobs", JsonSerializer.Serialize(beat.Jobs, NodeJson.Default.IReadOnlyListString));
        return (await database.ChangeAsync(write, Rows.All(row => database.Database.ReadInstant(row, 0)), cancellationToken))[0];
    }

    /// <summary>All nodes, the youngest first; those silent for a day are forgotten.</summary>
    public Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellationToken) =>
        // Three missing signs: one may be lost, one may be late.
        database.QueryAsync(database.At(database.Sql.Nodes).With("patience", options.Value.HeartbeatInterval * 3), Rows.All(Read), cancellationToken).AsTask();

    public async Task ForgetAsync(CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.At(database.Sql.ForgetNodes).With("patience", Forgotten), Rows.Affected, cancellationToken);

    private NodeView Read(DbDataReader row)
    {
        var state = Enum.Parse<NodeState>(row.GetString(1));
        return new()
        {
            Name = row.GetString(0),
            State = state is not NodeState.Stopped && row.GetBoolean(10) ? NodeState.Lost : state,
            StartedAt = database.Database.ReadInstant(row, 2),
            SeenAt = database.Database.ReadInstant(row, 3),
            RunningCount = row.GetInt32(4),
            MaxRunning = row.IsDBNull(5) ? null : row.GetInt32(5),
            Version = row.Text(6),
            MemoryBytes = row.GetInt64(7),
            CpuCores = row.GetDouble(8),
            Jobs = JsonSerializer.Deserialize(row.GetString(9), NodeJson.Default.IReadOnlyListString) ?? [],
            ClockSkew = row.IsDBNull(11) ? null : TimeSpan.FromMilliseconds(row.GetInt64(11)),
            PartitionCount = (int)row.GetInt64(12),
        };
    }
}
