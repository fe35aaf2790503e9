using CalendarSync.Jobs;
using CalendarSync.Storage;
using Clutch.Hosting;
using Clutch.Relational;
using Clutch.Scheduling;
using SkuSync.Hosting;
using SkuSync.Jobs;

namespace Demo.Hosting;

/// <summary>The batch server: the jobs of both applications, relay and poller of the outbox, schedules, recovery and dashboard in one host on one database.</summary>
internal static class BatchHost
{
    /// <summary>The schedules by name; they rest while the demo launches the jobs itself.</summary>
    public static IReadOnlyList<string> Schedules { get; } = ["calendars", "skus", "reconcile"];

    public static WebApplication Build(StoreChoice store, Addresses addresses, LogFile log)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Adopt(addresses.Dashboard, log);
        builder.Configuration.AddInMemoryCollection(store.Settings).AddInMemoryCollection(CalendarSettings.All).AddInMemoryCollection(SkuSettings(addresses.Simulators));
        builder.Services.AddSkuSync(SkuConfiguration.Read(builder.Configuration), isServer: true);
        builder.Services.AddCalendarJobs(builder.Configuration);
        builder.Services.AddClutch(AddSchedules);
        builder.Services.AddClutchSchedules(schedules => _ = store.Store == "sqlite" ? schedules.UseSqlite(store.ConnectionString) : schedules.UsePostgreSql(store.ConnectionString));
        builder.Services.AddClutchServer();
        builder.Services.AddHostedService<ClockKeeper>();
        var app = builder.Build();
        app.MapClutchServer();
        return app;
    }

    /// <summary>Brings the tables of both applications, of jobs and outbox up to date.</summary>
    public static async Task MigrateAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await Commands.MigrateAsync(services);
        await CalendarSchema.MigratorOf(services.GetRequiredService<RelationalDatabase>()).MigrateAsync(cancellationToken);
    }

    private static Dictionary<string, string?> SkuSettings(Uri simulators) => new(StringComparer.Ordinal)
    {
        ["Sku:StockUrl"] = new Uri(simulators, "stock/").ToString(),
        ["Sku:FulfilmentUrl"] = new Uri(simulators, "fulfilment/").ToString(),
        ["Sku:Concurrency"] = "32",
        // What a killed process held is taken up by the next one after this time.
        ["Sku:LeaseDuration"] = "00:00:05",
    };

    private static void AddSchedules(ClutchBuilder clutch) => clutch
        .AddSchedule("calendars", CalendarJobs.Import, schedule => schedule.Every(TimeSpan.FromSeconds(30)).OnMisfire(MisfireRule.Skip).Parameter(CalendarJobs.AsOf, "{scheduled}"))
        .AddSchedule("skus", ExtractJob.Name, schedule => schedule.Every(TimeSpan.FromMinutes(1)).OnMisfire(MisfireRule.Skip).Parameter(ExtractJob.RunParameter, "{scheduled}"))
        .AddSchedule("reconcile", ReconcileJob.Name, schedule => schedule.Cron("40 3 * * *").OnMisfire(MisfireRule.Skip).Parameter(ExtractJob.RunParameter, "{scheduled}"));
}
