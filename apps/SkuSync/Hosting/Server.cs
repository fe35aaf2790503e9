using Clutch.Hosting;
using Clutch.Scheduling;
using SkuSync.Jobs;
using SkuSync.Storage;

namespace SkuSync.Hosting;

/// <summary><c>serve</c>: jobs on their schedules, relay, poller and server in one process that stays. <c>keys</c> and <c>users</c>: who may use that server.</summary>
internal static class Server
{
    public static async Task<int> RunAsync(CommandLine commandLine)
    {
        var builder = WebApplication.CreateBuilder(commandLine.Settings);
        var configuration = SkuConfiguration.Read(builder.Configuration);
        builder.Services.AddSkuSync(configuration, isServer: true);
        builder.Services.AddClutch(clutch => AddSchedules(clutch, configuration.Options));
        builder.Services.AddClutchSchedules(schedules => _ = configuration.Store == "postgresql"
            ? schedules.UsePostgreSql(configuration.ConnectionString)
            : schedules.UseSqlite(configuration.ConnectionString));
        builder.Services.AddClutchServer();
        builder.Services.AddHostedService<ClockKeeper>();
        await using var app = builder.Build();
        await app.Services.GetRequiredService<DatabasePatience>().RunAsync(_ => Commands.MigrateAsync(app.Services), CancellationToken.None);
        app.MapClutchServer();
        return await app.RunClutchServerAsync(commandLine.Verb == "serve" ? [] : commandLine.Command);
    }

    // The relay runs all the time, so a schedule only extracts. A firing while a run is at work is left out: the next one sees the same changes.
    private static void AddSchedules(ClutchBuilder clutch, SkuOptions options)
    {
        Add(ExtractJob.Name, options.Schedule);
        Add(ReconcileJob.Name, options.ReconcileSchedule);

        void Add(string job, string? cron)
        {
            if (!string.IsNullOrWhiteSpace(cron))
                clutch.AddSchedule(job, job, schedule => schedule.Cron(cron).OnOverlap(OverlapRule.Skip).Parameter(ExtractJob.RunParameter, "{scheduled}"));
        }
    }
}
