using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>Loads numbers, loads them again in partitions, and once more; each step has bad items, and the last a filter.</summary>
internal sealed class ThreeStepJob
{
    private const int Count = 24;

    private readonly EngineStore _store;
    private readonly string _name;
    private readonly int _concurrency;
    private readonly List<NumberStep> _promises = [];
    private readonly Dictionary<string, INumberTable> _tables = [];
    private JobInstanceId _instance;

    /// <summary>Keeps the processors of the first step waiting, with the shortest lease there is, so that it is renewed meanwhile; null for no wait.</summary>
    public Task? Hold { get; set; }

    private ThreeStepJob(EngineStore store, string name, int concurrency) => (_store, _name, _concurrency) = (store, name, concurrency);

    public static Task<ThreeStepJob> CreateAsync(EngineStore store, string name, int concurrency) => CreateAsync(store, name, concurrency, store.CreateTableAsync);

    /// <summary>The job over tables that another process has created.</summary>
    public static Task<ThreeStepJob> OpenAsync(EngineStore store, string name, int concurrency) => CreateAsync(store, name, concurrency, store.OpenTableAsync);

    private static async Task<ThreeStepJob> CreateAsync(EngineStore store, string name, int concurrency, Func<string, ValueTask<INumberTable>> tableOf)
    {
        var job = new ThreeStepJob(store, name, concurrency);
        foreach (var step in new[] { "one", "two", "three" })
        {
            var table = await tableOf($"{name}_{step}");
            job._tables.Add(step, table);
            job._promises.Add(new() { StepName = step, InputCount = Count, ReadRowsAsync = table.ReadAsync });
        }

        return job;
    }

    /// <summary>Runs or restarts the job in a process of its own, checks the invariants, and answers how it ended.</summary>
    public async Task<BatchStatus> RunAsync(IFaultInjector? faults)
    {
        await using var host = new JobTestHost(new() { Repository = _store.Repository, Configure = Define, Faults = faults, ConfigureServices = _store.AddServices });
        var outcome = await host.RunAsync(_name);
        _instance = outcome.Execution.InstanceId;
        if (outcome.Status.IsRunning)
        {
            // Its end could not be recorded: to the others it is dead.
            await _store.Repository.RecoverAsync([outcome.Execution.Node], [], CancellationToken.None);
        }
        else
        {
            Invariants.CheckCounters(outcome);
        }

        await Invariants.CheckAsync(_store.Repository, _instance, _promises);
        return outcome.Status;
    }

    /// <summary>Checks what other processes left: the invariants, over all executions so far.</summary>
    public async Task<BatchStatus> CheckAsync()
    {
        var last = (await _store.Repository.ListExecutionsAsync(new() { JobName = _name, Limit = 1 }, CancellationToken.None))[0];
        _instance = last.InstanceId;
        await Invariants.CheckAsync(_store.Repository, _instance, _promises);
        return last.Status;
    }

    public async Task AssertExactAsync()
    {
        Assert.Equal(Enumerable.Range(1, Count).Except([6]), await _tables["one"].ReadAsync());
        Assert.Equal(Enumerable.Range(1, Count).Except([7, 8]), await _tables["two"].ReadAsync());
        Assert.Equal(Enumerable.Range(1, Count).Where(number => number % 5 != 0 && number is not (2 or 9)), await _tables["three"].ReadAsync());
        var letters = await _store.Repository.ListDeadLettersAsync(new() { InstanceId = _instance }, CancellationToken.None);
        Assert.Equal(["one 6", "three 2", "three 9", "two 7", "two 8"], letters.Select(letter => $"{letter.StepName} {letter.Payload}").Order(StringComparer.Ordinal));
    }

    private void Define(ClutchBuilder clutch) => clutch.Configure(Shorten).AddJob(_name, job => job
        .Step("one", step => Committing(step
            .Read(_ => new NumberSource(Count).CreateReader())
            .Process(HoldAsync)
            .Write(_ => WriterOf("one", 6))
            .Skip<BadItemException>().ChunkSize(4).Concurrency(_concurrency).Retry(NoDelay)))
        .Step("two", step => Committing(step
            .Read(_ => new NumberSource(Count).CreateReader())
            .Process(new ItemFaults<int>().Fail(8).Pass)
            .Write(_ => WriterOf("two", 7))
            .Skip<BadItemException>().ChunkSize(4).Concurrency(_concurrency).Retry(NoDelay)
            .Partition(_ => new Partitioner(() => new NumberSource(Count).Cut(3)), _concurrency)))
        .Step("three", step => Committing(step
            .Read(_ => Rejecting(9).CreateReader())
            .Filter(number => number % 5 != 0)
            .Write(_ => WriterOf("three", 2))
            .Skip<BadItemException>().ChunkSize(4).Concurrency(_concurrency).Retry(NoDelay))));

    private void Shorten(ClutchOptions options)
    {
        if (Hold is not null)
            options.LeaseDuration = TimeSpan.FromSeconds(1);
    }

    private async ValueTask<int> HoldAsync(int number, CancellationToken cancellationToken)
    {
        if (Hold is { } hold)
            await hold.WaitAsync(cancellationToken);
        return number;
    }

    private ChunkStepBuilder<int, int> Committing(ChunkStepBuilder<int, int> step) => _store.Target is { } target ? step.CommitTo(target) : step;

    private static RetryOptions NoDelay => new() { Attempts = 3, Delay = TimeSpan.Zero };

    private static NumberSource Rejecting(int number)
    {
        var source = new NumberSource(Count);
        source.Rejects.Fail(number);
        return source;
    }

    private FaultyWriter<int> WriterOf(string step, int bad) => new(_tables[step].CreateWriter(), new ItemFaults<int>().Fail(bad));
}
