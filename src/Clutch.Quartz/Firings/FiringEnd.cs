using System.Globalization;
using Clutch.Executions;
using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>How a firing ended, as it is kept in the history.</summary>
/// <param name="Result">What came of it; null for a firing that was only put off, which is no firing to anybody else.</param>
/// <param name="ScheduledAt">The time it was meant for.</param>
/// <param name="Summary">In a sentence, or null.</param>
/// <param name="ExecutionId">The job execution, or null.</param>
internal sealed record FiringEnd(FiringResult? Result, DateTimeOffset ScheduledAt, string? Summary, JobExecutionId? ExecutionId)
{
    public const string ResultMetric = "result";
    public const string ScheduledAtMetric = "scheduledAt";
    public const string ExecutionMetric = "execution";

    public JobRunReport ToReport()
    {
        var report = Result switch
        {
            FiringResult.Completed => JobRunReport.Succeeded(Summary),
            FiringResult.Failed or FiringResult.Stopped => JobRunReport.Failed(Summary),
            _ => JobRunReport.Skipped(Summary),
        };
        report = report.With(ResultMetric, Result?.ToString() ?? string.Empty).With(ScheduledAtMetric, JobParameters.Format(ScheduledAt));
        return ExecutionId is { } id ? report.With(ExecutionMetric, id.Value.ToString(CultureInfo.InvariantCulture)) : report;
    }
}
