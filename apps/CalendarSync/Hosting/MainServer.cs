using CalendarSync.Accounts;
using CalendarSync.Api;
using CalendarSync.Events;
using CalendarSync.Exports;
using CalendarSync.Subscriptions;
using CalendarSync.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CalendarSync.Hosting;

/// <summary>The main server: API, pages and export feeds.</summary>
internal static class MainServer
{
    private const int LargestRequest = 1_000_000;

    public static void AddMainServer(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => (kestrel.Limits.MaxRequestBodySize, kestrel.AddServerHeader) = (LargestRequest, false));
        SecretPaths.KeepFromLog(builder.Logging);
        // A line for each page that asks for a sign-in helps nobody; the configuration can ask for more.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        AddWeb(builder.Services);
        AddDomain(builder.Services);
    }

    public static void MapMainServer(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseSecurityHeaders();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase), api => api.UseStatusCodePages());
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapApi();
        app.MapFeeds();
        app.MapPages();
    }

    private static void AddWeb(IServiceCollection services)
    {
        services.AddOptions<CalendarOptions>().BindConfiguration("Calendar:Main").ValidateOnStart();
        services.AddSingleton<IValidateOptions<CalendarOptions>, CalendarOptionsValidator>();
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null);
        services.AddAuthorization();
        services.AddProblemDetails();
        services.AddOpenApi("v1", ApiDescription.Configure);
        services.AddRazorComponents();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, CalendarJson.Default));
    }

    private static void AddDomain(IServiceCollection services)
    {
        services.AddSingleton<UserStore>();
        services.AddSingleton<EventStore>();
        services.AddSingleton<ImportedEvents>();
        services.AddSingleton<OccurrenceQuery>();
        services.AddSingleton<SubscriptionStore>();
        services.AddSingleton<FirstLookThrottle>();
        services.AddSingleton<SubscriptionDesk>();
        services.AddSingleton<ExportFeeds>();
        services.AddSingleton<ServedFeeds>();
        services.AddSingleton<FeedThrottle>();
        services.AddHostedService<ZoneDataRefresh>();
    }
}
