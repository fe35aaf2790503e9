using System.Data.Common;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Nodes;

/// <summary>The processes that work, as the database knows them.</summary>
internal sealed class NodeRegistry(ServerDatabase database)
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>All nodes, the youngest first; those silent for a day are forgotten.</summary>
    public Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellationToken) =>
        // Three missing signs: one may be lost, one may be late.
        database.QueryAsync(database.At(database.Sql.Nodes), Rows.All(Read), cancellationToken).AsTask();

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
