using System.Globalization;
using CalendarSync.Accounts;
using CalendarSync.Jobs;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Demo.Folder;
using Demo.Hosting;
using Demo.Showing;
using Demo.World;

namespace Demo.Calendars;

/// <summary>The first act: thousands of calendars are subscribed to and synchronised.</summary>
internal sealed class CalendarAct(DemoHosts hosts, Addresses addresses, WorldClient world, FaultDesk faults)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan LaunchInterval = TimeSpan.FromSeconds(2);

    private readonly FeedAddresses _feeds = new(addresses.Simulators);
    private readonly RelationalDatabase _database = hosts.Batch.Services.GetRequiredService<RelationalDatabase>();

    /// <summary>Who may look at the calendars afterwards.</summary>
    public CalendarUser? Visitor { get; private set; }

    /// <summary>Subscribes those that are not subscribed yet.</summary>
    public async Task SubscribeAsync(DemoState state, CancellationToken cancellationToken)
    {
        var gauge = new Gauge("Calendars subscribed");
        await Terminal.FollowAsync([gauge], WorkAsync());

        async Task WorkAsync()
        {
            var users = new CalendarUsers(hosts.MainServer.Services.GetRequiredService<UserStore>());
            using var subscriber = new Subscriber(addresses, _feeds);
            await subscriber.SubscribeAsync(await users.EnsureAsync(state.CalendarCount, cancellationToken), gauge, cancellationToken);
            Visitor = await users.EnsureVisitorAsync(state.CalendarCount, cancellationToken);
            await subscriber.WelcomeAsync(Visitor, cancellationToken);
        }
    }

    /// <summary>Waits until no import is at work: what it fetched before the feeds changed would count as read after that.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        if (!await IsAtWorkAsync(cancellationToken))
            return;
        Terminal.Say($"An import of calendars is still at work: it ends first.");
        while (await IsAtWorkAsync(cancellationToken))
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
    }

    /// <summary>Synchronises until each calendar has been read well in this round.</summary>
    public async Task<Outcome> SynchroniseAsync(DemoState state, CancellationToken cancellationToken)
    {
        var faultsBefore = (await faults.CountAsync(cancellationToken)).Calendars;
        var gauge = new Gauge("Calendars synchronised");
        var progress = new CalendarProgress(_database, _feeds, state.RoundStartedAt);
        await Terminal.FollowAsync([gauge], ImportAsync(progress, state, gauge, cancellationToken));
        return new()
        {
            Name = "Calendars",
            Items = state.CalendarCount,
            Elapsed = gauge.Reading.Elapsed,
            Rate = gauge.Rate,
            Faults = (await faults.CountAsync(cancellationToken)).Calendars - faultsBefore,
            Retried = progress.RetriedCount,
        };
    }

    /// <summary>The same with what the provider's books say.</summary>
    public async Task<Outcome> JudgeAsync(Outcome outcome, DemoState state, CancellationToken cancellationToken)
    {
        var (events, lost, doubled) = await new CalendarBooks(_database, world, _feeds).CompareAsync(state.CalendarCount, cancellationToken);
        return outcome with { Compared = events, Lost = lost, Doubled = doubled };
    }

    private async Task ImportAsync(CalendarProgress progress, DemoState state, Gauge gauge, CancellationToken cancellationToken)
    {
        await progress.MakeDueAsync(cancellationToken);
        gauge.Begin((await progress.LookAsync(cancellationToken)).Good, state.CalendarCount);
        var attempts = new JobAttempts(CalendarJobs.Import);
        var run = default(Task<JobExecution>);
        var launchedAt = default(long?);
        while (await ShowAsync(progress, gauge, state, cancellationToken) < state.CalendarCount || run is not null)
        {
            if (run is { IsCompleted: true })
            {
                attempts.EndedWell(await run);
                run = null;
            }

            // A few feeds come back each second after a fault; one import takes them together.
            if (run is null && (launchedAt is not { } last || TimeProvider.System.GetElapsedTime(last) >= LaunchInterval) && await progress.IsAnyDueAsync(cancellationToken))
                (run, launchedAt) = (await LaunchAsync(cancellationToken), TimeProvider.System.GetTimestamp());
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<long> ShowAsync(CalendarProgress progress, Gauge gauge, DemoState state, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var stand = await progress.LookAsync(cancellationToken);
        gauge.Set(stand.Good, state.CalendarCount, stand.Failing > 0 ? string.Create(CultureInfo.InvariantCulture, $"{stand.Failing:N0} met a fault: tried again soon") : string.Empty);
        return stand.Good;
    }

    // One at a time: after a kill the batch server itself takes up the import that died.
    private async Task<Task<JobExecution>?> LaunchAsync(CancellationToken cancellationToken)
    {
        if (await IsAtWorkAsync(cancellationToken))
            return null;
        var now = TimeProvider.System.GetUtcNow();
        // The next whole second: what is due within it comes along.
        var asOf = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond) + TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { [CalendarJobs.AsOf] = JobParameters.Format(asOf) };
        var launch = await hosts.Batch.Services.GetRequiredService<JobLauncher>().LaunchAsync(CalendarJobs.Import, parameters, cancellationToken);
        return launch.Run?.Completion;
    }

    private async Task<bool> IsAtWorkAsync(CancellationToken cancellationToken)
    {
        var repository = hosts.Batch.Services.GetRequiredService<IJobRepository>();
        var last = await repository.ListExecutionsAsync(new ExecutionFilter { JobName = CalendarJobs.Import, Limit = 5 }, cancellationToken);
        return last.Any(execution => execution.Status.IsRunning);
    }
}
