using Clutch.Jobs;
using SkuSync.Catalog;
using SkuSync.Stock;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>Takes over new rules of what counts as a change: a dry run first, which asks for all data and tells how many SKUs differ, then the new hashes of what is stored.</summary>
/// <remarks>Stored payloads are hashed anew, so nothing is sent by it; the next run sends what truly differs under the new rules.</remarks>
internal static class RehashJob
{
    public const string Name = "rehash";

    public static void Define(JobBuilder job, SkuOptions options) => job
        .Describe("Tells what new hash rules would send again ('differ': written = SKUs that differ, filtered = alike); with apply=true takes the rules over.")
        .Parameter<string>(ExtractJob.RunParameter)
        .Parameter<bool>("apply", apply => apply.WithDefault(false))
        .Decide("mode", flow => flow.Parameters.Get<bool>("apply") ? "apply" : "differ")
        .On("mode").Outcome("apply").GoTo("apply")
        .Step("differ", step => step
            .Read(context => SkuReaders.OtherwiseHashed(context.Services, context.Services.GetRequiredService<ContentHash>().Rules))
            .ProcessWith(context => new DifferenceProcessor(context.Services.GetRequiredService<StockApi>().Details(), context.Services.GetRequiredService<ContentHash>()))
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .ChunkSize(options.DetailBatchSize)
            .Concurrency(options.Concurrency))
        .On("differ").Any().End()
        .Step("apply", step => step
            .Read(context => SkuReaders.OtherwiseHashed(context.Services, context.Services.GetRequiredService<ContentHash>().Rules))
            .Write(context => new RehashWriter(context.Services.GetRequiredService<InterfaceTable>(), context.Services.GetRequiredService<ContentHash>()))
            .ChunkSize(1_000));
}
