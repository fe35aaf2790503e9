using System.Globalization;
using Clutch.Executions;

namespace Clutch.Repository;

/// <summary>What processes tell each other.</summary>
public static class SignalTopics
{
    /// <summary>Workers were called to partitions.</summary>
    public const string Workers = "workers";

    /// <summary>A worker of another process left the partitions of an execution: what it ran has ended or waits again.</summary>
    public static string PartitionsOf(JobExecutionId execution) => string.Create(CultureInfo.InvariantCulture, $"partitions/{execution.Value}");
}
