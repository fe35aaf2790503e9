using System.Globalization;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Scheduling.Firings;
using Quartz;

namespace Clutch.Scheduling.Partitions;

/// <summary>A worker that another process called: it claims partitions until none is left. When its node dies, another node's worker is fired in its place.</summary>
internal sealed class PartitionWorker(JobLauncher launcher, Drain drain) : IJob
{
    public const string Execution = "execution";
    public const string Step = "step";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var execution = new JobExecutionId(long.Parse(context.MergedJobDataMap.GetString(Execution)!, CultureInfo.InvariantCulture));
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drain.Token);
        var count = await launcher.WorkOnPartitionsAsync(execution, context.MergedJobDataMap.GetString(Step)!, leaving.Token);
        context.Result = JobRunReport.Succeeded(string.Create(CultureInfo.InvariantCulture, $"Ran {count} partitions of execution {execution}."));
    }
}
