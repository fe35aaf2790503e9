using Clutch.Client.Wire;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Server;
using Clutch.Server.Alerts;
using Clutch.Server.Audit;
using Clutch.Server.Dashboard;
using Clutch.Server.Endpoints;
using Clutch.Server.Health;
using Clutch.Server.Live;
using Clutch.Server.Nodes;
using Clutch.Server.Queries;
using Clutch.Server.Retention;
using Clutch.Server.Security;
using Clutch.Server.Storage;
using Clutch.Server.Telemetry;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The Clutch server in an ASP.NET Core application.</summary>
public static class ClutchServerExtensions
{
    /// <summary>Adds the server: queries, security, live streams, and the worker that recovers, restarts and purges. It needs jobs (<c>AddClutch</c>) and a SQL store.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options after the configuration section <c>Clutch:Server</c>; null keeps them.</param>
    public static IServiceCollection AddClutchServer(this IServiceCollection services, Action<ClutchServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ClutchServerOptions>().BindConfiguration("Clutch:Server").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClutchServerOptions>, ClutchServerOptionsValidator>());
        if (configure is not null)
            services.Configure(configure);
        if (services.Any(service => service.ServiceType == typeof(ServerDatabase)))
            return services;
        services.AddClutch(static _ => { });
        AddQueries(services);
        AddSecurity(services);
        AddHttp(services);
        services.AddDashboard();
        AddWorkers(services);
        return services;
    }

    /// <summary>Maps the API under <c>/api/v1</c>, health under <c>/health</c> the API's description under <c>/openapi/clutch.json</c>, and the dashboard at the root, all under the path prefix of the options.</summary>
    /// <returns>A builder for conventions on everything that was mapped.</returns>
    /// <exception cref="InvalidOperationException">The server was not added.</exception>
    public static IEndpointConventionBuilder MapClutchServer(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<ServerDatabase>() is null)
            throw new InvalidOperationException("The server is not there to be mapped: call services.AddClutchServer(), and keep the job repository in PostgreSQL or SQLite.");
        var root = endpoints.MapGroup(endpoints.ServiceProvider.GetRequiredService<IOptions<ClutchServerOptions>>().Value.PathPrefix);
        ((IEndpointConventionBuilder)root).Add(RouteNames.Decode);
        HealthEndpoints.Map(root);
        // As long as our document's name: the program's own documents, 'v1' by default, keep their addresses. (A slim host knows no regular expressions in routes.)
        root.MapOpenApi($"/openapi/{{documentName:length({OpenApiDescription.DocumentName.Length})}}.json").RequireAuthorization(Policies.Viewer);
        MapApi(root.MapGroup("/api/v1"));
        DashboardEndpoints.Map(root);
        return root;
    }

    private static void MapApi(RouteGroupBuilder api)
    {
        ((IEndpointConventionBuilder)api).Add(StorableText.Require);
        api.RequireAuthorization(Policies.Viewer).AddEndpointFilter<CrossSiteGuard>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        JobEndpoints.Map(api);
        ExecutionEndpoints.Map(api);
        LiveEndpoints.Map(api);
        DeadLetterEndpoints.Map(api);
        ScheduleEndpoints.Map(api);
        OutboxEndpoints.Map(api);
        NodeEndpoints.Map(api);
        StatisticsEndpoints.Map(api);
        AlertEndpoints.Map(api);
        AuditEndpoints.Map(api);
        SessionEndpoints.Map(api);
    }

    private static void AddQueries(IServiceCollection services)
    {
        services.AddSingleton(provider => new ServerDatabase(
            provider.GetService<RelationalDatabase>() ?? throw new InvalidOperationException(
                "The server needs a SQL store: call services.AddClutchPostgreSql(...) or services.AddClutchSqlite(...)."),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ProgressQueries>();
        services.AddSingleton<StatisticsQueries>();
        services.AddSingleton<ExecutionQueries>();
        services.AddSingleton<DeadLetterQueries>();
        services.AddSingleton<OutboxQueries>();
        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<NodeQueries>();
        services.AddSingleton<AuditLog>();
        services.AddAlerts();
    }

    private static void AddSecurity(IServiceCollection services)
    {
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ServerCookies>();
        services.AddSingleton<Admission>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<ListenGuard>();
        // No scheme of ours is the default one: the program may have its own.
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ClutchAuthentication>(ClutchAuthentication.SchemeName, configureOptions: null);
        services.AddAuthorization(Policies.Add);
    }

    private static void AddHttp(IServiceCollection services)
    {
        services.AddValidation();
        services.AddProblemDetails();
        services.AddOpenApi(OpenApiDescription.DocumentName, OpenApiDescription.Configure);
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = false);
        services.AddSingleton<LiveHub>();
        services.AddSingleton<LiveStream>();
        services.AddSingleton<Launches>();
        services.AddTransient<IStartupFilter, RequestEdge>();
    }

    private static void AddWorkers(IServiceCollection services)
    {
        services.AddOptions<ClutchOptions>().PostConfigure<IOptions<ClutchServerOptions>>(BeatAsServer);
        services.AddOptions<HostOptions>().PostConfigure<IOptions<ClutchServerOptions>>(WaitForDrain);
        // First the schema and the guard; hosted services start in this order and stop in the other.
        services.AddHostedService<ServerStartup>();
        services.AddSingleton<Drain>();
        services.AddHostedService(static provider => provider.GetRequiredService<Drain>());
        services.AddHostedService<OtlpExport>();
        services.AddClutchWorker();
        services.AddHostedService<AlertWorker>();
        services.AddSingleton<RetentionWorker>();
        services.AddHostedService(static provider => provider.GetRequiredService<RetentionWorker>());
    }

    private static void BeatAsServer(ClutchOptions engine, IOptions<ClutchServerOptions> server)
    {
        try
        {
            engine.HeartbeatInterval = server.Value.HeartbeatInterval;
        }
        catch (OptionsValidationException)
        {
            // The host's start tells what is wrong with them.
        }
    }

    // The host would cut off the end of executions that may take longer than its own 30 s.
    private static void WaitForDrain(HostOptions host, IOptions<ClutchServerOptions> server)
    {
        try
        {
            var least = server.Value.DrainTimeout + TimeSpan.FromSeconds(5);
            if (host.ShutdownTimeout < least)
                host.ShutdownTimeout = least;
        }
        catch (OptionsValidationException)
        {
            // The host's start tells what is wrong with them, and there will be nothing to drain.
        }
    }
}
