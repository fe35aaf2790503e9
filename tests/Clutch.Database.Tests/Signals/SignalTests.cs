using Clutch.Database.Tests.Engine;
using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Signals;

/// <summary>Processes on one PostgreSQL wake each other.</summary>
public sealed class SignalTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private PostgreSqlStore? _store;
    private ServiceProvider? _one;
    private ServiceProvider? _other;

    private ISignals One => _one!.GetRequiredService<ISignals>();

    private ISignals Other => _other!.GetRequiredService<ISignals>();

    public async Task InitializeAsync()
    {
        _store = new();
        _one = _store.Services();
        _other = _store.Services();
        await _one.MigrateAsync();
    }

    public async Task DisposeAsync()
    {
        if (_one is not null)
            await _one.DisposeAsync();
        if (_other is not null)
            await _other.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    [SkippableFact]
    public async Task What_one_process_sends_another_hears_and_only_what_it_asked_for()
    {
        using var heard = new SemaphoreSlim(0);
        var stray = 0;
        await HearingAsync();
        using var subscription = One.Subscribe("partitions/1", () => heard.Release());
        using var foreign = One.Subscribe("partitions/2", () => stray++);

        await Other.SendAsync("partitions/1", CancellationToken.None);
        Assert.True(await heard.WaitAsync(Deadline));
        subscription.Dispose();
        await Other.SendAsync("partitions/1", CancellationToken.None);
        using var last = new SemaphoreSlim(0);
        using var end = One.Subscribe("end", () => last.Release());
        await Other.SendAsync("end", CancellationToken.None);

        Assert.True(await last.WaitAsync(Deadline));
        Assert.Equal((0, 0), (heard.CurrentCount, stray));
    }

    [SkippableFact]
    public async Task After_the_connection_broke_everybody_is_told_to_look_and_hears_again()
    {
        using var heard = new SemaphoreSlim(0);
        await HearingAsync();
        using var subscription = One.Subscribe("partitions/1", () => heard.Release());

        await _one!.GetRequiredService<RelationalDatabase>().ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN clutch_signal'");
        for (var look = 0; look < 600 && heard.CurrentCount == 0; look++)
        {
            // It connects again after a pause, by the clock that the test holds.
            _store!.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.True(await heard.WaitAsync(TimeSpan.Zero), "Nobody was told that a signal may have been missed.");
        await HearingAsync();
        while (await heard.WaitAsync(TimeSpan.Zero))
        {
            // Told once for each time it was lost: tests beside this one break connections, too.
        }

        await Other.SendAsync("partitions/1", CancellationToken.None);

        Assert.True(await heard.WaitAsync(Deadline));
    }

    [SkippableFact]
    public async Task A_manager_that_hears_waits_without_asking_the_database_all_the_time()
    {
        var (numbers, isHeld, mayEnd) = (new NumberSource(20), NewSignal(), NewSignal());
        var repository = _one!.GetRequiredService<IJobRepository>();
        var calls = CallCounter.Around(repository);
        await HearingAsync();
        await using var manager = Host(calls.Repository, One, numbers, () => isHeld.Task);
        await using var helper = Host(_other!.GetRequiredService<IJobRepository>(), Other, numbers, () =>
        {
            isHeld.TrySetResult();
            return mayEnd.Task;
        });
        var launch = await manager.LaunchAsync("numbers");
        var helping = HelpAsync(helper, launch.Run!.Execution.Id);
        await isHeld.Task;
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System); // what is counted: 8 looks if it polled each half second

        var looks = calls.CountOf(nameof(IJobRepository.WatchPartitionsAsync));
        mayEnd.SetResult();
        var outcome = await manager.EndOfAsync(launch).WaitAsync(Deadline, TimeProvider.System);

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal(1, await helping);
        Assert.InRange(looks, 1, 4);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<int> HelpAsync(JobTestHost helper, JobExecutionId execution)
    {
        var count = 0;
        while (count == 0)
            count = await helper.Launcher.WorkOnPartitionsAsync(execution, "load");
        return count;
    }

    private static JobTestHost Host(IJobRepository repository, ISignals signals, NumberSource numbers, Func<Task> before) => new(new()
    {
        Repository = repository,
        ConfigureServices = services => services.AddSingleton(_ => new Borrowed(signals)).AddSingleton<ISignals>(provider => provider.GetRequiredService<Borrowed>()),
        Configure = clutch => clutch.AddJob("numbers", job => job.Step("load", step => step
            .Read(_ => numbers.CreateReader())
            .WriteChunk(async (_, _, cancellationToken) => await before().WaitAsync(cancellationToken))
            .Partition(_ => Partitioners.Of(numbers.Cut(4)), concurrency: 1)
            .OnAllNodes())),
    });

    private async Task HearingAsync()
    {
        using var subscription = One.Subscribe("start", () => { });
        for (var look = 0; look < 600 && !One.IsHearing; look++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.True(One.IsHearing);
    }

    /// <summary>Signals that live longer than the host.</summary>
    private sealed class Borrowed(ISignals signals) : ISignals
    {
        public bool IsHearing => signals.IsHearing;

        public ValueTask SendAsync(string topic, CancellationToken cancellationToken) => signals.SendAsync(topic, cancellationToken);

        public IDisposable Subscribe(string topic, Action heard) => signals.Subscribe(topic, heard);
    }
}
