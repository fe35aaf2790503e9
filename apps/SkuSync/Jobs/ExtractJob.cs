using Clutch.Executions;
using Clutch.Http;
using Clutch.Http.Paging;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Outbox;
using Clutch.Outbox.Faults;
using SkuSync.Catalog;
using SkuSync.Stock;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>
/// Brings the interface table up to date: list all SKUs, have the data of those that changed, store what differs and put it into the outbox, then delete what a complete listing no longer names.
/// </summary>
internal static class ExtractJob
{
    public const string Name = "extract";

    /// <summary>The parameter that names the run.</summary>
    public const string RunParameter = "run";

    /// <summary>The exit code of a run that waits for approval.</summary>
    public const string Held = "Held";

    private const string Incomplete = "Incomplete";
    private const string NoneAbsent = "NoneAbsent";
    private const string RunId = "run-id";
    private const string Ranges = "ranges";

    // A database that crashed is back within half a minute. Calls have been tried again by their channel, which knows better than a step when.
    private static readonly RetryOptions OverOutages = new() { Attempts = 12, Delay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(5) };

    public static void Define(JobBuilder job, SkuOptions options) => job
        .Describe("Reads the stock system and puts what changed into the outbox.")
        .Parameter<string>(RunParameter, run => run.Describe("names the run; without it an unfinished run is taken up, or a new one begins"))
        .Listener(services => services.GetRequiredService<RunKeeper>())
        .Step("plan", DatabasePatience.Around(PlanAsync))
        .Step("list", step => step
            .Read(ListedSkus)
            .ProcessWith(context => Details(context, options.UsesStamps))
            .Write(context => Writer(context, closesGaps: false))
            .ChunkSize(options.ChunkSize)
            .Concurrency(Window(options))
            .Retry(OverOutages)
            .NotTransient<HttpFaultException>())
        .Step("retry", step => step
            .Read(context => SkuReaders.Failed(context.Services, RunOf(context)))
            .ProcessWith(context => Details(context, usesStamps: false))
            .Write(context => Writer(context, closesGaps: true))
            .ChunkSize(options.ChunkSize)
            .Concurrency(Window(options))
            .Retry(OverOutages)
            .NotTransient<HttpFaultException>())
        .Step("close", DatabasePatience.Around(CloseAsync))
        .Step("absent", step => step
            .Read(context => SkuReaders.Absent(context.Services, RunOf(context)))
            .ProcessWith(context => Details(context, usesStamps: false))
            .Write(context => new AbsenceWriter(RunOf(context), context.Services.GetRequiredService<InterfaceTable>(), context.Services.GetRequiredService<IOutbox>()))
            .ChunkSize(options.ChunkSize)
            .Concurrency(Window(options))
            .Retry(OverOutages)
            .NotTransient<HttpFaultException>())
        .Step("guard", DatabasePatience.Around(GuardAsync))
        .Step("delete", step => step
            .Read(context => new ApprovedReader(
                SkuReaders.ToDelete(context.Services, RunOf(context), options.MissingRuns), cancellationToken => context.Services.GetRequiredService<DeletionGuard>().ThrowIfHeldAsync(RunOf(context), cancellationToken)))
            .Write(context => new TombstoneWriter(RunOf(context), context.Services.GetRequiredService<InterfaceTable>(), context.Services.GetRequiredService<IOutbox>(), context.Services.GetService<IOutboxFaults>()))
            .ChunkSize(500)
            .Retry(OverOutages))
        .Step("finish", DatabasePatience.Around(FinishAsync))
        .On("close").Outcome(Incomplete).GoTo("finish")
        .On("close").Outcome(NoneAbsent).GoTo("finish")
        .On("guard").Outcome(Held).StopAndRestartAt("delete")
        .RestartAutomatically();

    // Chunks commit in the order of the listing. A slow call must not keep the others from their work, so chunks for four times as many calls are under way; the channel decides how many calls.
    private static int Window(SkuOptions options)
    {
        var callsOfChunk = (options.ChunkSize + options.DetailBatchSize - 1) / options.DetailBatchSize;
        return Math.Clamp(4 * options.Concurrency / callsOfChunk, 2, 256);
    }

    private static long RunOf(StepContext context) => context.JobState.Get(RunId, 0L) is > 0 and var run
        ? run
        : throw new InvalidOperationException($"Job execution {context.JobExecutionId} has no run. Start a new run instead of restarting it.");

    private static PagedReader<ListedSku> ListedSkus(StepContext context)
    {
        var faults = context.Services.GetService<IOutboxFaults>();
        var ranges = context.JobState.Get(Ranges, string.Empty).Split('\n');
        return new(context.Services.GetRequiredService<StockApi>().Summary(ranges, () => faults?.Reach(SkuFaultPoints.BeforePage), () => faults?.Reach(SkuFaultPoints.AfterPage)));
    }

    private static DetailProcessor Details(StepContext context, bool usesStamps)
    {
        var services = context.Services;
        return new(
            services.GetRequiredService<StockApi>().Details(),
            usesStamps ? services.GetRequiredService<InterfaceTable>() : null,
            services.GetRequiredService<ContentHash>(),
            services.GetService<IOutboxFaults>());
    }

    private static ObservationWriter Writer(StepContext context, bool closesGaps)
    {
        var services = context.Services;
        return new(RunOf(context), services.GetRequiredService<InterfaceTable>(), services.GetRequiredService<IOutbox>(), services.GetService<IOutboxFaults>()) { ClosesGaps = closesGaps };
    }

    private static async Task PlanAsync(StepContext step, CancellationToken cancellationToken)
    {
        var key = step.Parameters.Get<string>(RunParameter);
        var run = await step.Services.GetRequiredService<SyncRuns>().FindAsync(key, cancellationToken)
            ?? throw new InvalidOperationException($"Run '{key}' is not in the table of runs. Start a new run.");
        var ranges = await step.Services.GetRequiredService<StockApi>().CutAsync(step.Services.GetRequiredService<SkuOptions>().ListingRanges, cancellationToken);
        await ForgetTombstonesAsync(step, run.Id, cancellationToken);
        step.JobState.Set(RunId, run.Id);
        // Kept, so that a restart goes on with the cursors of the same ranges.
        step.JobState.Set(Ranges, string.Join('\n', ranges));
    }

    // Before anything is stored: what is new in this run begins above what is forgotten here.
    private static async Task ForgetTombstonesAsync(StepContext step, long run, CancellationToken cancellationToken)
    {
        var now = await step.Services.GetRequiredService<SyncRuns>().GetNowAsync(cancellationToken);
        var retention = step.Services.GetRequiredService<SkuOptions>().TombstoneRetention;
        if (await step.Services.GetRequiredService<InterfaceTable>().ForgetAsync(run, now - retention, cancellationToken) is > 0 and var forgotten)
            Logger(step).TombstonesForgotten(forgotten);
    }

    /// <summary>Decides whether the listing was complete. Only then may it be a reason to delete; and where it named all we have, there is nothing to ask for again.</summary>
    private static async Task CloseAsync(StepContext step, CancellationToken cancellationToken)
    {
        step.Services.GetService<IOutboxFaults>()?.Reach(SkuFaultPoints.BeforeComplete);
        var runs = step.Services.GetRequiredService<SyncRuns>();
        var run = RunOf(step);
        var (listed, absent) = await runs.CountListedAsync(run, cancellationToken);
        var gap = step.Services.GetRequiredService<SkuOptions>().ChecksListing ? FindGap(step, listed) : null;
        await runs.SetListingAsync(run, gap ?? "complete", cancellationToken);
        if (gap is not null)
        {
            Logger(step).ListingIncomplete(run, gap);
            step.ExitCode = Incomplete;
        }
        else if (absent == 0)
        {
            step.ExitCode = NoneAbsent;
        }
    }

    private static string? FindGap(StepContext step, long listed) => ListingProof.Find(step.JobState, StockApi.Listing) is { } proof
        ? proof.WithDistinct(listed).FindGap()
        : "Nothing is known of the listing's end.";

    private static async Task GuardAsync(StepContext step, CancellationToken cancellationToken)
    {
        if (await step.Services.GetRequiredService<DeletionGuard>().HoldsAsync(RunOf(step), cancellationToken))
            step.ExitCode = Held;
    }

    private static async Task FinishAsync(StepContext step, CancellationToken cancellationToken)
    {
        var runs = step.Services.GetRequiredService<SyncRuns>();
        var run = RunOf(step);
        var counts = await runs.CountAsync(run, cancellationToken);
        var status = await runs.EndAsync(run, counts.Failed > 0 ? SyncRunStatus.CompletedWithErrors : SyncRunStatus.Completed, counts, cancellationToken);
        if (status is SyncRunStatus.CompletedWithErrors)
            Logger(step).RunHadErrors(run, counts.Failed);
        step.ExitCode = status.ToString();
    }

    private static ILogger Logger(StepContext step) => step.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ExtractJob));
}
