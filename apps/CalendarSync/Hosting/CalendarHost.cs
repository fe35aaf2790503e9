using CalendarSync.Jobs;
using CalendarSync.Storage;
using CalendarSync.Subscriptions;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CalendarSync.Hosting;

/// <summary>Builds the program of a role.</summary>
internal static class CalendarHost
{
    private const string MainUrl = "http://127.0.0.1:5080";
    private const string BatchUrl = "http://127.0.0.1:5081";

    /// <summary>Builds it; nothing runs yet.</summary>
    /// <param name="role">Which part of the service.</param>
    /// <param name="args">Settings of the command line.</param>
    /// <param name="configure">Changes what is built, or null.</param>
    /// <exception cref="SettingsException">Settings are missing or wrong.</exception>
    public static WebApplication Build(CalendarRole role, string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        if (!IsAddressGiven(builder.Configuration))
            builder.WebHost.UseUrls(role == CalendarRole.Batch ? BatchUrl : MainUrl);
        builder.Services.AddCalendarStore(builder.Configuration);
        builder.Services.AddHostedService<SchemaStart>();
        if (role is not CalendarRole.Batch)
            AddMain(builder);
        if (role is not CalendarRole.Main)
            AddBatch(builder);

        var app = builder.Build();
        if (role is not CalendarRole.Batch)
            app.MapMainServer();
        return app;
    }

    private static void AddMain(WebApplicationBuilder builder)
    {
        builder.AddMainServer();
        builder.Services.AddCalendarFeeds();
        builder.Services.TryAddSingleton<IFirstLook, FeedFirstLook>();
    }

    private static void AddBatch(WebApplicationBuilder builder)
    {
        builder.Services.AddCalendarJobs(builder.Configuration);
        builder.Services.AddClutchWorker();
        builder.Services.AddHostedService<JobTicker>();
    }

    private static bool IsAddressGiven(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey] is not null || configuration["http_ports"] is not null || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
