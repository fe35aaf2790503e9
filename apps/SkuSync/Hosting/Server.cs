namespace SkuSync.Hosting;

/// <summary><c>serve</c>: jobs, relay and poller in one process that stays.</summary>
internal static class Server
{
    public static async Task<int> RunAsync(CommandLine commandLine)
    {
        var builder = WebApplication.CreateBuilder(commandLine.Settings);
        builder.Services.AddSkuSync(SkuConfiguration.Read(builder.Configuration), isServer: true);
        builder.Services.AddClutchWorker();
        await using var app = builder.Build();
        await Commands.MigrateAsync(app.Services);
        await app.RunAsync();
        return 0;
    }
}
