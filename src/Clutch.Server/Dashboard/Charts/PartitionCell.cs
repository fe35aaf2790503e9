using Clutch.Client.Wire;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>A partition in the strip of a step's partitions.</summary>
/// <param name="Name">The partition.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="IsWaiting">Whether nobody has begun it.</param>
public sealed record PartitionCell(string Name, ExecutionStatus Status, bool IsWaiting);
