namespace Clutch.Server.Storage;

/// <summary>The server's statements that differ from store to store, whole. The others stand beside the method that runs them.</summary>
internal sealed record ServerSql
{
    /// <summary>Progress of the executions <c>ids</c> and of all that run: one row for an execution and a step, and one for the step's partitions together.</summary>
    public required string LiveProgress { get; init; }

    /// <summary>The same for the executions <c>ids</c> only.</summary>
    public required string Progress { get; init; }

    /// <summary>The latest <c>runs</c> executions of each of the <c>jobs</c>, with the sums of their steps.</summary>
    public required string LatestRuns { get; init; }

    /// <summary>The same of those that run or ended after <c>since</c>, without the sums.</summary>
    public required string Lanes { get; init; }

    /// <summary>Duration in seconds, end and attempt of the latest <c>runs</c> completed executions of each of the <c>jobs</c>, the latest first.</summary>
    public required string Durations { get; init; }

    /// <summary>All nodes, with <c>is_late</c>: three signs of life are missing.</summary>
    public required string Nodes { get; init; }

    /// <summary>Takes or renews the lease <c>name</c> for <c>owner</c>; no row where another owner has it.</summary>
    public required string TakeLease { get; init; }

    /// <summary>Deletes nodes that have been silent for <c>patience</c>.</summary>
    public required string ForgetNodes { get; init; }
}
