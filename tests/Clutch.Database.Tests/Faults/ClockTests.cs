using System.Collections.Concurrent;
using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Faults;

/// <summary>Processes that disagree about the time by minutes: leases follow the database's clock, so nobody's work is taken from him and what is dead is noticed.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);
    private readonly TaskCompletionSource _mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NumberSource _numbers = new(8);
    private readonly ConcurrentQueue<int> _written = [];
    private PostgreSqlStore? _store;
    private ServiceProvider? _services;

    public async Task InitializeAsync()
    {
        _store = new();
        _services = _store.Services();
        await _services.MigrateAsync();
    }

    public async Task DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    [SkippableTheory]
    [InlineData(120, -120)]
    [InlineData(-120, 120)]
    public async Task Who_is_alive_keeps_its_execution_and_partitions_whatever_its_clock_says(int ownerSeconds, int otherSeconds)
    {
        await using var owner = Host(ownerSeconds);
        await using var other = Host(otherSeconds);
        var launch = await owner.LaunchAsync("numbers");
        var execution = launch.Run!.Execution;

        var taken = await LookAroundAsync(other, execution.Id);
        _mayEnd.SetResult();
        var outcome = await owner.EndOfAsync(launch);

        Assert.Equal(0, taken);
        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal(Enumerable.Range(1, 8), _written.Order());
    }

    [SkippableTheory]
    [InlineData(120)]
    [InlineData(-120)]
    public async Task Who_is_dead_is_noticed_when_its_lease_is_over_in_the_databases_time(int seconds)
    {
        var repository = _services!.GetRequiredService<IJobRepository>();
        await using var other = Host(seconds);
        var launch = await repository.LaunchAsync(new() { JobName = "numbers", Parameters = JobParameters.Empty, Node = "dead", LeaseDuration = Lease }, CancellationToken.None);
        var lost = ((LaunchDecision.Launched)launch).Execution;

        IReadOnlyList<JobExecution> recovered = [];
        for (var look = 0; look < 600 && recovered.Count == 0; look++)
        {
            recovered = await other.Repository.RecoverAsync([], [], CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        var ended = Assert.Single(recovered);
        Assert.Equal(lost.Id, ended.Id);
        Assert.InRange(ended.EndedAt!.Value - ended.StartedAt, Lease, TimeSpan.FromSeconds(60));
    }

    /// <summary>For more than a lease, tries to recover the execution and to claim its partitions; answers how often that worked.</summary>
    private async Task<int> LookAroundAsync(JobTestHost other, JobExecutionId execution)
    {
        var repository = other.Repository;
        var first = (await repository.FindExecutionAsync(execution, CancellationToken.None))!.LeaseExpiresAt;
        var taken = 0;
        while ((await repository.FindExecutionAsync(execution, CancellationToken.None))!.LeaseExpiresAt < first + Lease + TimeSpan.FromSeconds(1))
        {
            taken += (await repository.RecoverAsync([], [], CancellationToken.None)).Count;
            var claim = new PartitionClaim(execution, "load", "other", Lease) { Choice = PartitionChoice.Expired };
            taken += await repository.ClaimPartitionAsync(claim, CancellationToken.None) is null ? 0 : 1;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return taken;
    }

    private JobTestHost Host(int aheadSeconds)
    {
        var clock = new WrongClock(TimeSpan.FromSeconds(aheadSeconds));
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock);
        _store!.AddRepository(services);
        var repository = services.BuildServiceProvider().GetRequiredService<IJobRepository>();
        return new(new() { Repository = repository, TimeProvider = clock, Configure = AddJob });
    }

    private void AddJob(ClutchBuilder clutch) => clutch.Configure(options => options.LeaseDuration = Lease).AddJob("numbers", job => job.Step("load", step => step
        .Read(_ => _numbers.CreateReader())
        .Process(async (int number, CancellationToken cancellationToken) =>
        {
            await _mayEnd.Task.WaitAsync(cancellationToken);
            return number;
        })
        .WriteChunk((batch, _, _) =>
        {
            foreach (var number in batch.Items.ToArray())
                _written.Enqueue(number);
            return ValueTask.CompletedTask;
        })
        .Partition(_ => Partitioners.Of(_numbers.Cut(4)), concurrency: 2)));

    private sealed class WrongClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
