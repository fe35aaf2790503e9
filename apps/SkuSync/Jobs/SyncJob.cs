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
        .Step("settle", DatabasePatience.Around(SettleAsync))
        .RestartAutomatically();

    private static Task DeliverAsync(StepContext step, CancellationToken cancellationToken) =>
        step.Services.GetRequiredService<Delivery>().RunAsync(token => HasExtractEndedAsync(step, token), cancellationToken);

    /// <summary>Delivers what the delivery beside the extract did not: after a restart it is passed over where it had ended with a failed extract.</summary>
    private static async Task SettleAsync(StepContext step, CancellationToken cancellationToken)
    {
        var services = step.Services;
        if (await services.GetRequiredService<OutboxProgress>().IsUnsettledAsync(cancellationToken))
            await services.GetRequiredService<Delivery>().RunAsync(_ => ValueTask.FromResult(true), cancellationToken);
        await services.GetRequiredService<RunReport>().SettleAllAsync(cancellationToken);
    }

    // The listener tells of the extract of this execution; one that an earlier execution completed is passed over and tells nothing.
    private static async ValueTask<bool> HasExtractEndedAsync(StepContext step, CancellationToken cancellationToken) =>
        step.Services.GetRequiredService<ExtractEnd>().HasEnded(step.JobExecutionId)
        || await step.Services.GetRequiredService<IJobRepository>().FindLastExecutionAsync(ExtractJob.Name, step.Parameters.IdentityKey, cancellationToken) is { Status: BatchStatus.Completed };
}
