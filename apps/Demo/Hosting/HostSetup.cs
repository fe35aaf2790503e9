using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Demo.Hosting;

/// <summary>What the three hosts have in common.</summary>
internal static class HostSetup
{
    /// <summary>Lets a host listen there, log into the file, and end when the demo says so.</summary>
    public static void Adopt(this WebApplicationBuilder builder, Uri address, LogFile log)
    {
        // What the environment and the working folder's appsettings.json say is meant for other programs: ROLES, SEED or WORKERS would change the world.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [WebHostDefaults.ServerUrlsKey] = address.ToString() });
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("Quartz", LogLevel.Warning);
        builder.Services.RemoveAll<IHostLifetime>();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
    }
}
