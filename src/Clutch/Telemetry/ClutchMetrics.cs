using System.Diagnostics;
using System.Diagnostics.Metrics;
using Clutch.Executions;

namespace Clutch.Telemetry;

/// <summary>The engine's meter and activity source, both named <c>Clutch</c>. Each instrument has a row in docs/reference/telemetry.md.</summary>
internal static class ClutchMetrics
{
    public const string Name = "Clutch";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Items = Meter.CreateCounter<long>("clutch.step.items", "{item}", "Items by what became of them.");
    private static readonly Counter<long> Chunks = Meter.CreateCounter<long>("clutch.step.chunks", "{chunk}", "Chunk transactions that committed.");
    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram<double>("clutch.step.duration", "s", "How long steps ran.");
    private static readonly Histogram<double> JobDuration = Meter.CreateHistogram<double>("clutch.job.duration", "s", "How long job executions ran.");
    private static readonly UpDownCounter<long> ActiveJobs = Meter.CreateUpDownCounter<long>("clutch.job.active", "{execution}", "Job executions at work in this process.");
    private static readonly Counter<long> Recovered = Meter.CreateCounter<long>("clutch.job.recovered", "{execution}", "Executions whose owner died.");

    public static ActivitySource Activities { get; } = new(Name);

    public static void ChunkCommitted(StepContext step, StepCounts before, StepCounts after)
    {
        if (!Items.Enabled && !Chunks.Enabled)
            return;
        Chunks.Add(after.Commits - before.Commits, Job(step), Step(step));
        Add(step, "read", after.Read - before.Read);
        Add(step, "written", after.Written - before.Written);
        Add(step, "filtered", after.Filtered - before.Filtered);
        Add(step, "skipped", after.Skipped - before.Skipped);
    }

    public static void StepEnded(StepContext step, BatchStatus status, TimeSpan elapsed) =>
        StepDuration.Record(elapsed.TotalSeconds, Job(step), Step(step), new("clutch.status", status.ToString()));

    public static void JobStarted(string job) => ActiveJobs.Add(1, new KeyValuePair<string, object?>("clutch.job", job));

    public static void JobEnded(string job, string status, TimeSpan elapsed)
    {
        ActiveJobs.Add(-1, new KeyValuePair<string, object?>("clutch.job", job));
        JobDuration.Record(elapsed.TotalSeconds, new("clutch.job", job), new("clutch.status", status));
    }

    public static void ExecutionRecovered(string job) => Recovered.Add(1, new KeyValuePair<string, object?>("clutch.job", job));

    private static void Add(StepContext step, string outcome, long count)
    {
        if (count > 0)
            Items.Add(count, Job(step), Step(step), new("clutch.item.outcome", outcome));
    }

    private static KeyValuePair<string, object?> Job(StepContext step) => new("clutch.job", step.JobName);

    private static KeyValuePair<string, object?> Step(StepContext step) => new("clutch.step", step.StepName);
}
