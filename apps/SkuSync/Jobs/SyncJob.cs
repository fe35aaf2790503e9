using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Repository;
using SkuSync.Marketplace;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>The whole: extract with relay and poller beside it; ends when all that the run changed has ended at the target.</summary>
internal static class SyncJob
{
    public const string Name = "sync";

    private const string Extract = "extract";

    public static void Define(JobBuilder job) => job
        .Describe("Extracts and delivers side by side, until all is settled.")
        .Parameter<string>(ExtractJob.RunParameter)
        .Listener(services => services.GetRequiredService<ExtractEnd>())
        .Split("work", flow => flow.Job(Extract, ExtractJob.Name), flow => flow.Step("deliver", DeliverAsync))
        .RestartAutomatically();

    private static async Task DeliverAsync(StepContext step, CancellationToken cancellationToken)
    {
        var services = step.Services;
        await services.GetRequiredService<Delivery>().RunAsync(token => HasExtractEndedAsync(step, token), cancellationToken);
        var run = await services.GetRequiredService<SyncRuns>().FindAsync(step.Parameters.Get<string>(ExtractJob.RunParameter), cancellationToken);
        if (run is not null)
            await services.GetRequiredService<RunReport>().SettleAsync(run, cancellationToken);
    }

    // The listener tells of the extract of this execution; one that an earlier execution completed is passed over and tells nothing.
    private static async ValueTask<bool> HasExtractEndedAsync(StepContext step, CancellationToken cancellationToken) =>
        step.Services.GetRequiredService<ExtractEnd>().HasEnded(step.JobExecutionId)
        || await step.Services.GetRequiredService<IJobRepository>().FindLastExecutionAsync(ExtractJob.Name, step.Parameters.IdentityKey, cancellationToken) is { Status: BatchStatus.Completed };
}
