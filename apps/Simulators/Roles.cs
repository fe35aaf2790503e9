using Simulators.Calendars;
using Simulators.Faults;
using Simulators.Fulfilment;
using Simulators.Stock;

namespace Simulators;

/// <summary>Which parts of the outside world this process plays, and what they consist of.</summary>
internal static class Roles
{
    public static void AddSimulators(this IServiceCollection services, SimulatorOptions options)
    {
        services.AddSingleton(options).AddSingleton(TimeProvider.System).AddSingleton<Pace>().AddSingleton<FaultDesk>().AddSingleton<FaultLog>().AddSingleton<FaultEndpoints>().AddSingleton<Redelivery>();
        services.AddSingleton<StockCatalogue>().AddSingleton<StockDesk>().AddSingleton<StockEndpoints>().AddSingleton<StockControl>();
        services.AddSingleton<FulfilmentDatabase>().AddSingleton<OperationStore>().AddSingleton<UpdateApplier>().AddSingleton<SubmissionReader>().AddSingleton<ApplyWorkers>()
            .AddSingleton<FulfilmentEndpoints>().AddSingleton<FulfilmentBooks>().AddSingleton<FulfilmentStates>().AddSingleton<TargetTampering>();
        services.AddSingleton<FeedDesk>().AddSingleton<FeedBodies>().AddSingleton<FeedCounts>().AddSingleton<OddAnswers>().AddSingleton<FeedEndpoints>().AddSingleton<FeedControl>();
        if (options.Roles.Contains("fulfilment"))
            services.AddHostedService(provider => provider.GetRequiredService<ApplyWorkers>());
    }

    public static void MapSimulators(this WebApplication app, SimulatorOptions options)
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
                    throw new ArgumentException($"Unknown role '{role}'. The roles are stock, fulfilment and calendars.", nameof(options));
            }
        }
    }
}
