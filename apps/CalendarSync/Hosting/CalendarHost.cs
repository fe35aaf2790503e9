using CalendarSync.Storage;

namespace CalendarSync.Hosting;

/// <summary>Builds the program of a role.</summary>
internal static class CalendarHost
{
    private const string DefaultUrl = "http://127.0.0.1:5080";

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
            builder.WebHost.UseUrls(DefaultUrl);
        builder.Services.AddCalendarStore(builder.Configuration);
        builder.Services.AddHostedService<SchemaStart>();
        builder.Services.AddCalendarFeeds();
        if (role is CalendarRole.Main or CalendarRole.All)
            builder.AddMainServer();

        var app = builder.Build();
        if (role is CalendarRole.Main or CalendarRole.All)
            app.MapMainServer();
        return app;
    }

    private static bool IsAddressGiven(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey] is not null || configuration["http_ports"] is not null || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
