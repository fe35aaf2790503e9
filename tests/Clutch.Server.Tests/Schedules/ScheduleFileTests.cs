using Clutch.Hosting;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Scheduling.Stored;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A SQLite file, and programs with schedules on it.</summary>
public abstract class ScheduleFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-schedules-").FullName;

    protected static ScheduleAuthor Anna { get; } = new("anna", "the night was too short");

    protected static ScheduleDefinition EverySecond { get; } = new() { Name = "steady", JobName = "work", Trigger = new ScheduleTrigger.Every(TimeSpan.FromSeconds(1)), Parameters = At };

    protected static Dictionary<string, string> At => new(StringComparer.Ordinal) { ["at"] = "{scheduled}" };

    private string ConnectionString => $"Data Source={Path.Combine(_folder, "clutch.db")}";

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static Schedule Done(ScheduleAnswer answer) => Assert.IsType<ScheduleAnswer.Done>(answer).Schedule;

    protected async Task<Node> StartAsync(Action<ClutchBuilder> addSchedules, TimeSpan? pause = null, Action<IServiceCollection>? services = null)
    {
        var node = await BuildAsync(addSchedules, pause, services);
        await node.StartAsync();
        return node;
    }

    protected Task<Node> BuildAsync(Action<ClutchBuilder> addSchedules, TimeSpan? pause = null, Action<IServiceCollection>? services = null) => BuildAsync(collection =>
    {
        ScheduleNode.Add(collection, pause ?? TimeSpan.Zero, addSchedules);
        services?.Invoke(collection);
    });

    /// <summary>A program of the same cluster that has other jobs.</summary>
    protected Task<Node> BuildStrangerAsync() =>
        BuildAsync(static services => services.AddClutch(static clutch => clutch.AddJob("other", job => job.Step("nothing", (_, _) => Task.CompletedTask))));

    protected async Task<Node> BuildAsync(Action<IServiceCollection> addJobs, Action<SchedulerOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddClutchSqlite(ConnectionString);
        addJobs(builder.Services);
        builder.Services.AddClutchSchedules(schedules => schedules.UseSqlite(ConnectionString).Configure(configure ?? (_ => { })));
        var node = new Node(builder.Build());
        await node.Get<IJobRepository>().MigrateAsync(CancellationToken.None);
        await node.Get<RelationalDatabase>().ChangeAsync(new(ScheduleNode.CreateTable), Rows.Affected, CancellationToken.None);
        return node;
    }

    protected sealed class Node(IHost host) : IAsyncDisposable
    {
        private bool _isStopped;

        public ISchedules Schedules => Get<ISchedules>();

        public T Get<T>()
            where T : notnull => host.Services.GetRequiredService<T>();

        public Task StartAsync() => host.StartAsync();

        public async Task<IReadOnlyList<ScheduleFiring>> FiringsAsync(string name) => await Schedules.ListFiringsAsync(new() { ScheduleName = name, Limit = 200 }, CancellationToken.None);

        /// <summary>The triggers that fire once.</summary>
        public async Task<IReadOnlyList<Quartz.TriggerHeader>> PutOffAsync()
        {
            var query = new Quartz.TriggerQuery { Group = Quartz.GroupMatcher<Quartz.TriggerKey>.GroupEquals(ScheduleTriggers.OnceGroup), Take = 1_000 };
            return [.. (await (await Get<SchedulerAccess>().GetAsync(CancellationToken.None)).QueryTriggers(query, CancellationToken.None)).Items];
        }

        public async Task<long> CountAsync(string sql) => (await Get<RelationalDatabase>().QueryAsync(new(sql), Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];

        public async Task StopAsync()
        {
            _isStopped = true;
            await host.StopAsync();
        }

        /// <summary>Leaves the scheduler's rows as a killed process does: nothing that runs is ended or handed back.</summary>
        public async Task DieAsync()
        {
            _isStopped = true;
            await (await Get<SchedulerAccess>().GetAsync(CancellationToken.None)).Shutdown(waitForJobsToComplete: false, CancellationToken.None);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isStopped)
                await StopAsync();
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }
}
