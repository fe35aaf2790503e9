using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Scheduling.Firings;
using Clutch.Scheduling.Times;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A firing that waits for an execution of another node.</summary>
public sealed class TakeUpTests : ScheduleFileTests
{
    private const string OtherNode = "elsewhere/1/1";
    private static readonly DateTimeOffset ScheduledAt = new(2026, 11, 22, 2, 0, 0, TimeSpan.Zero);

    private static ScheduleDefinition Nightly { get; } = EverySecond with { Trigger = new ScheduleTrigger.Cron("0 2 1 1 *") };

    [Fact]
    public async Task It_is_handed_over_when_its_node_shuts_down()
    {
        await using (var first = await StartAsync(_ => { }))
        {
            await first.Schedules.CreateAsync(Nightly, Anna, CancellationToken.None);
            var scheduler = await first.Get<SchedulerAccess>().GetAsync(CancellationToken.None);
            var id = await LaunchElsewhereAsync(first.Get<IJobRepository>());
            var waiting = first.Get<FiringFollower>().TakeUpAsync(FiringOn(scheduler), id, CancellationToken.None);
            Assert.False(waiting.IsCompleted);

            await scheduler.Standby(CancellationToken.None);
            first.Get<Drain>().Request();
            var end = await waiting.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);

            Assert.Null(end.Result);
            Assert.Equal(id, end.ExecutionId);
            await first.Get<IJobRepository>().RecoverAsync([OtherNode], [], CancellationToken.None);
        }

        await using var second = await StartAsync(_ => { });
        var firings = await Poll.UntilAsync(() => second.FiringsAsync("steady"), found => found.Any(firing => firing.Result is not FiringResult.Running));

        Assert.Equal((FiringResult.Completed, ScheduledAt), (Assert.Single(firings).Result, firings[0].ScheduledAt));
        Assert.Equal(ScheduleNode.ItemCount, await second.CountAsync("SELECT count(*) FROM work_done"));
    }

    [Fact]
    public async Task It_asks_less_and_less_often()
    {
        var clock = new ManualClock();
        var recoveries = new ConcurrentQueue<DateTimeOffset>();
        await using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton(RecordingRepository.Over(new InMemoryJobRepository(clock), clock, recoveries))
            .AddClutch(clutch => clutch.AddJob("work", job => job.Parameter<DateTimeOffset>("at").Step("nothing", (_, _) => Task.CompletedTask)))
            .AddSingleton<Drain>()
            .AddSingleton<FiringFollower>()
            .BuildServiceProvider();
        var id = await LaunchElsewhereAsync(services.GetRequiredService<IJobRepository>());
        using var stop = new CancellationTokenSource();
        var waiting = services.GetRequiredService<FiringFollower>().TakeUpAsync(FiringOn(scheduler: null!), id, stop.Token);

        var until = clock.GetUtcNow().AddMinutes(1);
        while (clock.GetUtcNow() < until)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.InRange(recoveries.Count, 1, 40);
    }

    private static Firing FiringOn(Quartz.IScheduler scheduler) => new()
    {
        Id = "firing",
        Scheduler = scheduler,
        Definition = Nightly,
        Times = new FiringTimes(Nightly),
        ScheduledAt = ScheduledAt,
        FiredAt = ScheduledAt,
        IsRecovery = true,
        IsTakenOver = true,
        IsDue = true,
    };

    private static async Task<JobExecutionId> LaunchElsewhereAsync(IJobRepository repository)
    {
        var at = new JobParameter(JobParameters.Format(ScheduledAt), IsIdentifying: false);
        var parameters = new Dictionary<string, JobParameter>(StringComparer.Ordinal)
        {
            ["at"] = at,
            ["clutch.schedule"] = new("steady", IsIdentifying: true),
            ["clutch.scheduled-at"] = at with { IsIdentifying = true },
        };
        var request = new LaunchRequest { JobName = "work", Parameters = new(parameters), Node = OtherNode, LeaseDuration = TimeSpan.FromHours(1) };
        return Assert.IsType<LaunchDecision.Launched>(await repository.LaunchAsync(request, CancellationToken.None)).Execution.Id;
    }
}
