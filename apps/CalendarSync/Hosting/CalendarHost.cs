using CalendarSync.Jobs;
using CalendarSync.Storage;
using CalendarSync.Subscriptions;
using Clutch.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CalendarSync.Hosting;

/// <summary>Builds the program of a role.</summary>
internal static class CalendarHost
{
    private const string MainUrl = "http://127.0.0.1:5080";
    private const string BatchUrl = "http://127.0.0.1:5081";
    private const string BatchUrls = "Batch:Urls";

    // There may be an execution every ten seconds.
    private static readonly TimeSpan KeepExecutions = TimeSpan.FromDays(14);

    // Most runs check a handful of feeds, some all of them: what they usually take says little of the next.
    private static readonly TimeSpan NothingUnusual = TimeSpan.FromHours(1);

    /// <summary>Builds it; nothing runs yet.</summary>
    /// <param name="role">Which part of the service.</param>
    /// <param name="args">Settings of the command line.</param>
    /// <param name="configure">Changes what is built, or null.</param>
    /// <exception cref="SettingsException">Settings are missing or wrong.</exception>
    public static WebApplication Build(CalendarRole role, string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        if (AddressFor(role, builder.Configuration) is { } address)
            builder.WebHost.UseUrls(address);
        builder.Services.AddCalendarStore(builder.Configuration);
        builder.Services.AddHostedService<SchemaStart>();
        Add(role, builder);

        var app = builder.Build();
        if (role == CalendarRole.Main)
            app.MapMainServer();
        else if (role != CalendarRole.Command)
            app.MapClutchServer();
        return app;
    }

    private static void Add(CalendarRole role, WebApplicationBuilder builder)
    {
        if (role == CalendarRole.Main)
            AddMain(builder);
        else
            builder.Services.AddCalendarJobs(builder.Configuration);
        if (role is CalendarRole.Batch or CalendarRole.BatchBesideMain)
            AddBatchServer(builder);
    }

    private static void AddMain(WebApplicationBuilder builder)
    {
        builder.AddMainServer();
        builder.Services.AddCalendarFeeds();
        builder.Services.TryAddSingleton<HostMemory>();
        builder.Services.TryAddSingleton<IFirstLook, FeedFirstLook>();
    }

    // Restart, automatic restart, alerts and retention are the batch server's. The ticker launches: a job is due when feeds are, not at times of the clock,
    // and a schedule that fires every ten seconds would leave seventeen thousand empty executions a day.
    private static void AddBatchServer(WebApplicationBuilder builder)
    {
        builder.Services.AddClutchServer();
        builder.Services.AddHostedService<JobTicker>();
        var given = builder.Configuration.GetSection("Clutch:Server");
        builder.Services.Configure<ClutchServerOptions>(server =>
        {
            if (given["Retention:KeepExecutions"] is null) server.Retention.KeepExecutions = KeepExecutions;
            if (given["Alerts:Rules:RunningTooLong:MinDuration"] is null) server.Alerts.Rules.RunningTooLong.MinDuration = NothingUnusual;
        });
    }

    private static string? AddressFor(CalendarRole role, IConfiguration configuration) => role switch
    {
        CalendarRole.BatchBesideMain => configuration[BatchUrls] ?? BatchUrl,
        CalendarRole.Batch when configuration[BatchUrls] is { } own => own,
        _ when IsAddressGiven(configuration) => null,
        CalendarRole.Batch => BatchUrl,
        _ => MainUrl,
    };

    private static bool IsAddressGiven(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey] is not null || configuration["http_ports"] is not null || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
