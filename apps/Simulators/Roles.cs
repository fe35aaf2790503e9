using Simulators.Calendars;
using Simulators.Faults;
using Simulators.Fulfilment;
using Simulators.Stock;

namespace Simulators;

/// <summary>Which parts of the outside world an application plays, and what they consist of.</summary>
internal static class Roles
{
    /// <summary>Builds the application, not yet started; its configuration holds the simulators' settings (README.md).</summary>
    /// <param name="builder">What it is built from.</param>
    /// <param name="args">The command line where there is one.</param>
    /// <exception cref="SimulatorSettingsException">The settings are wrong.</exception>
    public static WebApplication BuildSimulators(this WebApplicationBuilder builder, params string[] args)
    {
        var options = SimulatorOptions.From(builder.Configuration, args);
        Directory.CreateDirectory(options.DataFolder);
        AddSimulators(builder.Services, options);
        var app = builder.Build();
        app.UseMiddleware<FaultInjector>();
        MapSimulators(app, options);
        return app;
    }

    private static void AddSimulators(IServiceCollection services, SimulatorOptions options)
    {
        services.AddSingleton(options).AddSingleton(TimeProvider.System).AddSingleton<Pace>().AddSingleton<FaultDesk>().AddSingleton<FaultLog>().AddSingleton<FaultEndpoints>().AddSingleton<Redelivery>();
        services.AddSingleton<StockCatalogue>().AddSingleton<StockDesk>().AddSingleton<StockEndpoints>().AddSingleton<StockControl>();
        services.AddSingleton<FulfilmentDatabase>().AddSingleton<OperationStore>().AddSingleton<UpdateApplier>().AddSingleton<SubmissionReader>().AddSingleton<ApplyWorkers>()
            .AddSingleton<FulfilmentEndpoints>().AddSingleton<FulfilmentBooks>().AddSingleton<FulfilmentStates>().AddSingleton<TargetTampering>();
        services.AddSingleton<FeedDesk>().AddSingleton<FeedBodies>().AddSingleton<FeedCounts>().AddSingleton<OddAnswers>().AddSingleton<FeedEndpoints>().AddSingleton<FeedControl>();
        if (options.Roles.Contains("fulfilment"))
            services.AddHostedService(provider => provider.GetRequiredService<ApplyWorkers>());
    }

    private static void MapSimulators(WebApplication app, SimulatorOptions options)
    {
        app.Services.GetRequiredService<FaultEndpoints>().Map(app);
        foreach (var role in options.Roles)
        {
            switch (role)
            {
                case "stock":
                    app.Services.GetRequiredService<StockEndpoints>().Map(app);
                    app.Services.GetRequiredService<StockControl>().Map(app);
                    break;
                case "fulfilment":
                    app.Services.GetRequiredService<FulfilmentEndpoints>().Map(app);
                    app.Services.GetRequiredService<FulfilmentBooks>().Map(app);
                    app.Services.GetRequiredService<FulfilmentStates>().Map(app);
                    app.Services.GetRequiredService<TargetTampering>().Map(app);
                    break;
                case "calendars":
                    app.Services.GetRequiredService<FeedEndpoints>().Map(app);
                    app.Services.GetRequiredService<FeedControl>().Map(app);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException($"Unknown role '{role}'.");
            }
        }
    }
}
