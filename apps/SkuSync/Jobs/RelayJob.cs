using Clutch.Jobs;
using SkuSync.Marketplace;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>Sends what waits in the outbox and asks for what is on its way, until all of it has ended.</summary>
internal static class RelayJob
{
    public const string Name = "relay";

    public static void Define(JobBuilder job) => job
        .Describe("Sends what waits in the outbox, until all of it has ended.")
        .Parameter<string>(ExtractJob.RunParameter)
        .Step("deliver", (step, cancellationToken) => step.Services.GetRequiredService<Delivery>().RunAsync(_ => ValueTask.FromResult(true), cancellationToken))
        .Step("settle", DatabasePatience.Around((step, cancellationToken) => step.Services.GetRequiredService<RunReport>().SettleAllAsync(cancellationToken)));
}
