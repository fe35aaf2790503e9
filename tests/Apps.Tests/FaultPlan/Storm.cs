using System.Globalization;

namespace Apps.Tests.FaultPlan;

/// <summary>The fault plan from beginning to end: faults, kills, stops, partitions and generations, then quiet, then the invariants.</summary>
internal sealed class Storm(StormOptions options, StormWorld world, StormLog log)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(options.Seed);
    private readonly SemaphoreSlim _servers = new(1, 1);

    /// <summary>Runs it all, and answers what was broken.</summary>
    public async Task<IReadOnlyList<Violation>> RunAsync()
    {
        var failPoints = new FailPointQueue(options.FailPointRounds, _random);
        var clients = new StormClients(world, options, log, failPoints);
        log.Write("begin", $"seed {options.Seed}: {options}");
        await OrderFaultsAsync();
        using (var over = new CancellationTokenSource())
        {
            clients.OrdersPoints = true;
            var running = clients.RunAsync(over.Token);
            await ReachPointsAsync(clients, failPoints.Count);
            await RageAsync(clients);
            await over.CancelAsync();
            await running;
        }

        log.Write("quiet", $"{log.CountOf("kill")} kills, {log.CountOf("fail-point")} of {failPoints.Count} named points, clients' peak {clients.PeakMegabytes} MB");
        var (explained, growth) = await EndureAsync();
        return await JudgeAsync(await SettleAsync(explained), growth);
    }

    /// <summary>Lets a server live through the end of the faults. The short form leaves that out.</summary>
    private async Task<(int ExplainedDuplicates, IReadOnlyList<Violation> Growth)> EndureAsync()
    {
        if (options.EnduranceSeconds == 0)
            return (await StopFaultsAsync(), []);
        await using var endurance = new Endurance(world, log);
        var half = TimeSpan.FromSeconds(options.EnduranceSeconds / 2.0);
        Task ToggleAsync() => world.Stock.PostAsync("control/stock/toggle");
        await endurance.WorkAmongFaultsAsync(half, ToggleAsync);
        var explained = await StopFaultsAsync();
        return (explained, await endurance.WorkInQuietAsync(half, ToggleAsync));
    }

    private async Task OrderFaultsAsync()
    {
        await world.Stock.PostAsync("control/faults", StormFaults.StockOrder(options));
        await world.Fulfilment.PostAsync("control/faults", StormFaults.FulfilmentOrder(options));
    }

    /// <summary>First only the named points kill, so that chance does not keep a client from reaching one.</summary>
    private async Task ReachPointsAsync(StormClients clients, int count)
    {
        var start = TimeProvider.System.GetTimestamp();
        var isSecondGeneration = false;
        for (var left = 1.0; left > 0 && log.CountOf("fail-point") < count; left = 1 - (TimeProvider.System.GetElapsedTime(start).TotalSeconds / options.PointSeconds))
        {
            // Points within a deletion need something to delete, the others something to do.
            if (!isSecondGeneration && (left < 0.5 || log.CountOf("fail-point") > count / 2))
            {
                isSecondGeneration = true;
                await MoveStockAsync("generation", "control/stock/generation?number=2");
            }

            await MoveStockAsync("toggle", "control/stock/toggle");
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None);
        }

        clients.OrdersPoints = false;
        log.Write("points", $"{log.CountOf("fail-point")} of {count} named points were reached");
        if (!isSecondGeneration)
            await MoveStockAsync("generation", "control/stock/generation?number=2");
    }

    private async Task RageAsync(StormClients clients)
    {
        var blows = Schedule(clients);
        var start = TimeProvider.System.GetTimestamp();
        var striking = new List<Task>();
        foreach (var (at, strike) in blows)
        {
            while (TimeProvider.System.GetElapsedTime(start).TotalSeconds < at)
                await Task.Delay(Tick, TimeProvider.System, CancellationToken.None);
            striking.Add(strike());
        }

        await Task.WhenAll(striking);
        // A schedule by time alone strikes at nothing where all clients happen to be away: what was missed is made up for.
        while (log.CountOf("kill") < options.Kills)
        {
            await Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * options.KillMeanSeconds), TimeProvider.System, CancellationToken.None);
            await KillClientAsync(clients);
        }
    }

    private List<(double At, Func<Task> Strike)> Schedule(StormClients clients)
    {
        var blows = new List<(double At, Func<Task> Strike)>();
        var at = 0.0;
        for (var kill = 0; kill < options.Kills; kill++)
        {
            at += -Math.Log(1 - _random.NextDouble()) * options.KillMeanSeconds;
            blows.Add((at, () => KillClientAsync(clients)));
        }

        void Spread(int count, Func<Task> strike) => blows.AddRange(Enumerable.Range(0, count).Select(_ => (_random.NextDouble() * at, strike)));
        Spread(options.Stops, () => StopClientAsync(clients));
        Spread(options.DatabaseStops, StopDatabaseAsync);
        Spread(options.ServerKills, KillServerAsync);
        Spread(options.Partitions, PartitionAsync);
        Spread(options.Toggles, () => MoveStockAsync("toggle", "control/stock/toggle"));
        blows.Add((at * 0.6, () => MoveStockAsync("generation", "control/stock/generation?number=3&secondChangeMilliseconds=1500")));
        blows.Sort((left, right) => left.At.CompareTo(right.At));
        return blows;
    }

    private Task KillClientAsync(StormClients clients)
    {
        if (clients.Choose(_random) is { } client && clients.Kill(client))
            log.Write("kill", $"client process {client.Id}");
        return Task.CompletedTask;
    }

    private async Task StopClientAsync(StormClients clients)
    {
        if (clients.Choose(_random) is not { } client || !client.Stop())
            return;
        log.Write("stop", $"client process {client.Id} for {2 * options.LeaseSeconds} s");
        await Task.Delay(TimeSpan.FromSeconds(2 * options.LeaseSeconds), TimeProvider.System, CancellationToken.None);
        if (!client.HasExited && client.Continue())
            log.Write("continue", $"client process {client.Id}");
    }

    private Task StopDatabaseAsync() => options.Store == "sqlite" ? Task.CompletedTask : OneAtATimeAsync("database", world.Store.StopImmediatelyAsync);

    private Task KillServerAsync() => OneAtATimeAsync("server-kill", async () =>
    {
        await world.Fulfilment.KillAsync();
        await world.Fulfilment.StartAsync();
        await world.Fulfilment.PostAsync("control/faults", StormFaults.FulfilmentOrder(options));
    });

    /// <summary>Half of the partitions leave callers without an answer, the others without anybody who listens.</summary>
    private Task PartitionAsync() => _random.Next(2) == 0
        ? OneAtATimeAsync("partition", async () =>
        {
            ChildProcess.Signal(world.Fulfilment.Id, 19);
            await Task.Delay(TimeSpan.FromSeconds(options.PartitionSeconds), TimeProvider.System, CancellationToken.None);
            ChildProcess.Signal(world.Fulfilment.Id, 18);
        })
        : OneAtATimeAsync("partition", async () =>
        {
            await world.Fulfilment.KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(options.PartitionSeconds), TimeProvider.System, CancellationToken.None);
            await world.Fulfilment.StartAsync();
            await world.Fulfilment.PostAsync("control/faults", StormFaults.FulfilmentOrder(options));
        });

    private Task MoveStockAsync(string kind, string path)
    {
        log.Write(kind);
        return world.Stock.PostAsync(path);
    }

    private async Task OneAtATimeAsync(string kind, Func<Task> strike)
    {
        await _servers.WaitAsync();
        try
        {
            log.Write(kind);
            await strike();
        }
        finally
        {
            _servers.Release();
        }
    }

    /// <summary>Ends the faults, and answers how many duplicate submissions they explain.</summary>
    private async Task<int> StopFaultsAsync()
    {
        var counts = (await world.Fulfilment.GetAsync("control/faults")).GetProperty("counts").EnumerateObject().ToDictionary(count => count.Name, count => count.Value.GetInt32(), StringComparer.Ordinal);
        (await world.Stock.Client.DeleteAsync("control/faults")).Dispose();
        (await world.Fulfilment.Client.DeleteAsync("control/faults")).Dispose();
        foreach (var (name, count) in counts.OrderBy(count => count.Key, StringComparer.Ordinal))
            log.Write("injected", $"{count,6} {name}");
        // Whoever is struck has several submissions on their way, and each of them may come again.
        var strikes = log.CountOf("kill") + log.CountOf("fail-point") + log.CountOf("stop") + log.CountOf("database") + log.CountOf("server-kill") + log.CountOf("partition") + options.ClientCount;
        string[] repeats = ["ServerError/After", "Reset/After", "Stall", "Twice", "Truncated", "Forgotten", "Endless", "QueueFull"];
        return (strikes * StormWorld.SubmitConcurrency) + counts.Where(count => repeats.Any(repeat => count.Key.Contains(repeat, StringComparison.Ordinal))).Sum(count => count.Value);
    }

    /// <summary>Lets the clients come to their end without faults; then a generation without changes.</summary>
    private async Task<Books> SettleAsync(int explainedDuplicates)
    {
        // A SKU that is missing is deleted after it was missing in two complete listings, and a copy that is under way still arrives.
        var quietFrom = TimeProvider.System.GetTimestamp();
        for (var complete = 0; complete < 3 || await IsAnythingOpenAsync();)
        {
            if (TimeProvider.System.GetElapsedTime(quietFrom).TotalSeconds > options.SettleSeconds)
            {
                log.Write("unsettled", $"not settled after {options.SettleSeconds} s");
                break;
            }

            complete += await RunOnceAsync() ? 1 : 0;
        }

        await WaitForCopiesAsync(quietFrom);
        var before = await world.Store.CountAsync("SELECT count(*) FROM clutch_outbox_message");
        await world.Stock.PostAsync("control/stock/generation?number=4");
        await RunOnceAsync();
        var after = await world.Store.CountAsync("SELECT count(*) FROM clutch_outbox_message");
        var books = await Books.ReadAsync(world.Stock, world.Fulfilment, world.Store);
        return books with { ExplainedDuplicates = explainedDuplicates, MessagesOfNoChange = after - before };
    }

    private async Task<bool> RunOnceAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.SettleSeconds));
        try
        {
            var (exitCode, output) = await world.RunAsync("run sync", cancellationToken: patience.Token);
            log.Write("settle", exitCode == 0 ? "a run ended well" : $"a run ended with {exitCode}: {output}");
            return exitCode == 0;
        }
        catch (OperationCanceledException)
        {
            log.Write("unsettled", $"a run did not end within {options.SettleSeconds} s");
            return false;
        }
    }

    private async Task<bool> IsAnythingOpenAsync() => await world.Store.CountAsync("SELECT count(*) FROM clutch_outbox_message WHERE status IN (0, 1)") > 0;

    private Task WaitForCopiesAsync(long quietFrom)
    {
        var left = TimeSpan.FromSeconds(options.MaxCopyDelaySeconds + 1) - TimeProvider.System.GetElapsedTime(quietFrom);
        return left > TimeSpan.Zero ? Task.Delay(left, TimeProvider.System, CancellationToken.None) : Task.CompletedTask;
    }

    private async Task<IReadOnlyList<Violation>> JudgeAsync(Books books, IReadOnlyList<Violation> growth)
    {
        var violations = new List<Violation>([.. Invariants.Check(books), .. growth]);
        violations.AddRange(await FaultTrace.FindUnseenAsync(world));
        log.Write("books", string.Create(CultureInfo.InvariantCulture,
            $"{books.Source.Count} SKUs, {books.Messages.Count} messages, {books.Ledger.Count} effects, {books.Operations.Count} operations, {books.Operations.Sum(operation => operation.SubmitCount - 1)} duplicate submissions (explained: {books.ExplainedDuplicates})"));
        foreach (var violation in violations.Take(20))
            log.Write("VIOLATION", violation.ToString());
        if (violations.FirstOrDefault(violation => violation.Name is not null) is { Name: { } name })
            log.Write("timeline", await Timeline.OfAsync(name, world, books));
        log.Write("end", $"seed {options.Seed}: {violations.Count} violations");
        return violations;
    }
}
