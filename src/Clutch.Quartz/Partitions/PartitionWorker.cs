using System.Globalization;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Scheduling.Firings;
using Quartz;

namespace Clutch.Scheduling.Partitions;

/// <summary>A worker that another process called: it claims partitions until none is left. When its node dies, another node's worker is fired in its place.</summary>
internal sealed class PartitionWorker(JobLauncher launcher, WorkerSlots slots, Drain drain) : IJob
{
    public const string Execution = "execution";
    public const string Step = "step";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (!slots.TryTake())
        {
            context.Result = JobRunReport.Succeeded("Left at once: workers called with another label have all slots. The step calls again while partitions wait.");
            return;
        }

        try
        {
            await WorkAsync(context, cancellationToken);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task WorkAsync(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var execution = new JobExecutionId(long.Parse(context.MergedJobDataMap.GetString(Execution)!, CultureInfo.InvariantCulture));
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drain.Token);
        var count = await launcher.WorkOnPartitionsAsync(execution, context.MergedJobDataMap.GetString(Step)!, leaving.Token);
        context.Result = JobRunReport.Succeeded(string.Create(CultureInfo.InvariantCulture, $"Ran {count} partitions of execution {execution}."));
    }
}
