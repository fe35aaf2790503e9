using System.Globalization;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Demo.Folder;
using Demo.Hosting;
using Demo.Showing;
using Demo.World;
using Simulators.Stock;
using SkuSync.Jobs;
using SkuSync.Storage;

namespace Demo.Skus;

/// <summary>The second act: all SKUs go from the stock system into the interface table, and over the outbox to the fulfilment API.</summary>
internal sealed class SkuAct(DemoHosts hosts, WorldClient world, FaultDesk faults)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly IServiceProvider _services = hosts.Batch.Services;
    private readonly SyncRuns _runs = hosts.Batch.Services.GetRequiredService<SyncRuns>();
    private readonly OutboxProgress _outbox = hosts.Batch.Services.GetRequiredService<OutboxProgress>();

    /// <summary>Synchronises until every change has ended at the target.</summary>
    public async Task<Outcome> SynchroniseAsync(DemoState state, CancellationToken cancellationToken)
    {
        using var retries = new RetryMeter();
        var faultsBefore = (await faults.CountAsync(cancellationToken)).Skus;
        var (read, delivered) = (new Gauge("SKUs read and stored"), new Gauge("SKUs delivered"));
        await Terminal.FollowAsync([read, delivered], WorkAsync(state, read, delivered, cancellationToken));
        return new()
        {
            Name = "SKUs",
            Items = read.Reading.Total,
            Elapsed = delivered.Reading.Elapsed,
            // A start after a kill delivers more than it reads; one on a finished folder reads more than it has to deliver.
            Rate = Math.Max(read.Progress, delivered.Progress) / Math.Max(0.1, delivered.Reading.Elapsed.TotalSeconds),
            Faults = (await faults.CountAsync(cancellationToken)).Skus - faultsBefore,
            Retried = retries.Count,
            DeadLetters = await CountDeadLettersAsync(cancellationToken),
        };
    }

    /// <summary>The same with what the books of stock and fulfilment say.</summary>
    public async Task<Outcome> JudgeAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        var verdict = await new SkuBooks(world).CompareAsync(await ListRefusedAsync(cancellationToken), cancellationToken);
        return outcome with { Items = verdict.Right + outcome.DeadLetters, RightlyRefused = verdict.RightlyRefused, Compared = verdict.Compared, Lost = verdict.Lost, Doubled = verdict.Doubled };
    }

    private async Task WorkAsync(DemoState state, Gauge read, Gauge delivered, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = ShowAsync(state, read, delivered, ending.Token);
        try
        {
            await ExtractAsync(state, cancellationToken);
            while (await _outbox.IsUnsettledAsync(cancellationToken))
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await showing;
        }

        await LookAsync(state, read, delivered, cancellationToken);
        await _services.GetRequiredService<RunReport>().SettleAllAsync(cancellationToken);
    }

    // A start after a kill launches the same instance: the engine goes on at the last committed chunk.
    private async Task ExtractAsync(DemoState state, CancellationToken cancellationToken)
    {
        var launcher = _services.GetRequiredService<JobLauncher>();
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { [ExtractJob.RunParameter] = KeyOf(state) };
        var attempts = new JobAttempts(ExtractJob.Name);
        while (true)
        {
            await WaitForOtherRunAsync(parameters[ExtractJob.RunParameter], cancellationToken);
            var launch = await launcher.LaunchAsync(ExtractJob.Name, parameters, cancellationToken);
            if (launch.Decision is LaunchDecision.AlreadyComplete)
                return;
            if (launch.Decision is LaunchDecision.Abandoned abandoned)
                throw new InvalidOperationException($"Job execution {abandoned.Execution.Id} of '{ExtractJob.Name}' was abandoned, so this round cannot end. Begin anew in another folder: --data DIR.");
            // Without a run the batch server itself took up the execution that died, or is about to.
            if (launch.Run is { } run && attempts.EndedWell(await run.Completion.WaitAsync(cancellationToken)))
                return;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    // What a schedule fired before the demo was killed comes to its end first: two runs at once are refused.
    private async Task WaitForOtherRunAsync(string key, CancellationToken cancellationToken)
    {
        if (!await IsOtherAtWorkAsync(key, cancellationToken))
            return;
        Terminal.Say($"Another run of '{ExtractJob.Name}' is still at work: it ends first.");
        while (await IsOtherAtWorkAsync(key, cancellationToken))
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
    }

    private async Task<bool> IsOtherAtWorkAsync(string key, CancellationToken cancellationToken) =>
        await _runs.FindActiveAsync(cancellationToken) is { } active && active.Key != key
        && await _services.GetRequiredService<IJobRepository>().FindExecutionAsync(new(active.JobExecutionId), cancellationToken) is { Status.IsRunning: true };

    // A look that fails stops the bars for a moment, not for good.
    private Task ShowAsync(DemoState state, Gauge read, Gauge delivered, CancellationToken cancellationToken) =>
        Repetition.RunAsync(token => LookAsync(state, read, delivered, token), Pause, _services.GetRequiredService<ILogger<SkuAct>>(), cancellationToken);

    private async Task LookAsync(DemoState state, Gauge read, Gauge delivered, CancellationToken cancellationToken)
    {
        if (await _runs.FindAsync(KeyOf(state), cancellationToken) is not { } run)
            return;
        var stock = await world.GetAsync("control/stock", StockJson.Default.StockState, cancellationToken);
        var outcome = await _outbox.SumUpAsync(run.StartedAt, DateTimeOffset.MaxValue.AddDays(-1), cancellationToken);
        var faultCount = (await faults.CountAsync(cancellationToken)).Skus;
        long total = stock.SkuCount - stock.DeletedCount;
        Set(read, await CountReadAsync(run, cancellationToken), total, string.Create(CultureInfo.InvariantCulture, $"{faultCount:N0} faults met and handled"));
        var refused = outcome.Failed > 0 ? string.Create(CultureInfo.InvariantCulture, $"{outcome.Failed:N0} refused by the target for good") : string.Empty;
        var hindrance = await FindHindranceAsync(cancellationToken);
        Set(delivered, outcome.Enqueued - outcome.Unsettled, outcome.Enqueued, hindrance ?? refused);
        if (hindrance is not null)
            delivered.Wait();
    }

    // Who looks around on the dashboard may pause it.
    private async Task<string?> FindHindranceAsync(CancellationToken cancellationToken)
    {
        if (await _outbox.FindPauseAsync(cancellationToken) is not null)
            return "paused: resume it on the dashboard's page Outbox, and it goes on";
        return await _outbox.FindFaultAsync(cancellationToken) is { } fault ? $"the target cannot be sent to: {fault}" : null;
    }

    private static void Set(Gauge gauge, long done, long total, string note)
    {
        if (!gauge.Reading.IsStarted)
            gauge.Begin(done, total);
        gauge.Set(done, total, note);
    }

    private async Task<long> CountReadAsync(SyncRun run, CancellationToken cancellationToken) => (await Database.QueryAsync(
        new Statement("SELECT count(*) FROM if_sku WHERE last_seen_run = @run").With("run", run.Id), Rows.All(row => row.GetInt64(0)), cancellationToken))[0];

    private async Task<long> CountDeadLettersAsync(CancellationToken cancellationToken) => (await Database.QueryAsync(
        new Statement("SELECT count(*) FROM clutch_outbox_message WHERE status = 4"), Rows.All(row => row.GetInt64(0)), cancellationToken))[0];

    private async Task<IReadOnlySet<(string AccountId, string SkuId)>> ListRefusedAsync(CancellationToken cancellationToken) => (await Database.QueryAsync(
        new Statement("SELECT DISTINCT group_name, key FROM clutch_outbox_message WHERE status = 4"), Rows.All(row => (row.GetString(0), row.GetString(1))), cancellationToken)).ToHashSet();

    private RelationalDatabase Database => _services.GetRequiredService<RelationalDatabase>();

    private static string KeyOf(DemoState state) => string.Create(CultureInfo.InvariantCulture, $"demo-{state.Round}");
}
