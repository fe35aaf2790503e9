namespace Clutch.Sqlite.Jobs;

/// <summary>Signs of life.</summary>
internal static class NodeSql
{
    public const string Beat = """
        INSERT INTO clutch_process (name, state, started_at, seen_at, interval_ms, running_count, max_running, version, memory_bytes, cpu_cores, jobs, clock_skew_ms)
        VALUES (@name, @state, @now, @now, @interval_ms, @running_count, @max_running, @version, @memory_bytes, @cpu_cores, @jobs, @clock_skew_ms)
        ON CONFLICT (name) DO UPDATE SET
            state = excluded.state,
            seen_at = excluded.seen_at,
            interval_ms = excluded.interval_ms,
            running_count = excluded.running_count,
            max_running = excluded.max_running,
            memory_bytes = excluded.memory_bytes,
            cpu_cores = excluded.cpu_cores,
            jobs = excluded.jobs,
            clock_skew_ms = excluded.clock_skew_ms
        RETURNING seen_at
        """;
}
