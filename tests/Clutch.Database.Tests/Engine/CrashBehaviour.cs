using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>Goes through every fault point of a job of three steps, one of them partitioned: whatever breaks, restarts end it complete and exact.</summary>
public abstract class CrashBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    private const int Count = 24;

    public static TheoryData<FaultPoint, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<FaultPoint, int, int>();
            // Leases are renewed by the clock: that point has a test of its own.
            foreach (var point in Enum.GetValues<FaultPoint>().Where(point => point is not FaultPoint.WhileRenewing))
            {
                foreach (var concurrency in new[] { 1, 4 })
                {
                    foreach (var hit in HitsFor(point))
                        cases.Add(point, hit, concurrency);
                }
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task A_fault_at_any_point_loses_nothing_and_doubles_nothing(FaultPoint point, int hit, int concurrency)
    {
        var job = await ThreeStepJob.CreateAsync(Store, NewName("crash"), concurrency);
        var plan = new FaultPlan().ThrowAt(point, hit);

        var status = await job.RunAsync(plan);
        for (var run = 0; status is not BatchStatus.Completed && run < 5; run++)
            status = await job.RunAsync(faults: null);

        Assert.Equal(BatchStatus.Completed, status);
        Assert.Equal(1, plan.FiredCount);
        await job.AssertExactAsync();
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_fault_at_every_point_one_after_the_other_loses_nothing_and_doubles_nothing(int concurrency)
    {
        var job = await ThreeStepJob.CreateAsync(Store, NewName("crash"), concurrency);
        var plans = Enum.GetValues<FaultPoint>().Where(point => point is not FaultPoint.WhileRenewing).Select(point => new FaultPlan().ThrowAt(point, hit: 2)).ToList();

        var status = BatchStatus.Failed;
        foreach (var plan in plans)
            status = status is BatchStatus.Completed ? status : await job.RunAsync(plan);
        for (var run = 0; status is not BatchStatus.Completed && run < 5; run++)
            status = await job.RunAsync(faults: null);

        Assert.Equal(BatchStatus.Completed, status);
        await job.AssertExactAsync();
    }

    private static int[] HitsFor(FaultPoint point) => point switch
    {
        FaultPoint.BeforePartitions or FaultPoint.BeforeJobEnd => [1],
        FaultPoint.WhileIsolating or FaultPoint.AfterClaim or FaultPoint.WhileClosing or FaultPoint.AfterPublish or FaultPoint.BeforeStepEnd => [1, 2, 3],
        _ => [1, 2, 5, 9],
    };

    /// <summary>Loads numbers, loads them again in partitions, and once more; each step has bad items, and the last a filter.</summary>
    private sealed class ThreeStepJob
    {
        private readonly EngineStore _store;
        private readonly string _name;
        private readonly int _concurrency;
        private readonly List<NumberStep> _promises = [];
        private readonly Dictionary<string, INumberTable> _tables = [];
        private JobInstanceId _instance;

        private ThreeStepJob(EngineStore store, string name, int concurrency) => (_store, _name, _concurrency) = (store, name, concurrency);

        public static async Task<ThreeStepJob> CreateAsync(EngineStore store, string name, int concurrency)
        {
            var job = new ThreeStepJob(store, name, concurrency);
            foreach (var step in new[] { "one", "two", "three" })
            {
                var table = await store.CreateTableAsync($"{name}_{step}");
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
                await _store.Repository.RecoverAsync([outcome.Execution.Node], CancellationToken.None);
            }
            else
            {
                Invariants.CheckCounters(outcome);
            }

            await Invariants.CheckAsync(_store.Repository, _instance, _promises);
            return outcome.Status;
        }

        public async Task AssertExactAsync()
        {
            Assert.Equal(Enumerable.Range(1, Count).Except([6]), await _tables["one"].ReadAsync());
            Assert.Equal(Enumerable.Range(1, Count).Except([7, 8]), await _tables["two"].ReadAsync());
            Assert.Equal(Enumerable.Range(1, Count).Where(number => number % 5 != 0 && number is not (2 or 9)), await _tables["three"].ReadAsync());
            var letters = await _store.Repository.ListDeadLettersAsync(new() { InstanceId = _instance }, CancellationToken.None);
            Assert.Equal(["one 6", "three 2", "three 9", "two 7", "two 8"], letters.Select(letter => $"{letter.StepName} {letter.Payload}").Order(StringComparer.Ordinal));
        }

        private void Define(ClutchBuilder clutch) => clutch.AddJob(_name, job => job
            .Step("one", step => Committing(step
                .Read(_ => new NumberSource(Count).CreateReader())
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
}
