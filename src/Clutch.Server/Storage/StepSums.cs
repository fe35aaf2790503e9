namespace Clutch.Server.Storage;

/// <summary>What the rows of one step of an execution say together, as every store tells it.</summary>
internal static class StepSums
{
    /// <summary>The beginning of a statement that groups by step. The own row of a step with partitions holds the sums over all attempts, so its partitions' rows count where it has them.</summary>
    public const string Of = """
        SELECT
            coalesce(sum(read_count) FILTER (WHERE partition_name IS NOT NULL), sum(read_count)) AS read_count,
            coalesce(sum(written_count) FILTER (WHERE partition_name IS NOT NULL), sum(written_count)) AS written_count,
            coalesce(
                sum(read_skip_count + process_skip_count + write_skip_count) FILTER (WHERE partition_name IS NOT NULL),
                sum(read_skip_count + process_skip_count + write_skip_count)) AS skip_count
        """;
}
